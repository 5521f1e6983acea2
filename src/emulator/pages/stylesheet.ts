/** The look of every page of the emulator. It is allowed by its hash, so pages carry no other style. */
export const stylesheet = `
:root {
  --page: #f4f5f3; --card: #ffffff; --text: #1d2421; --quiet: #5b6661; --line: #dbe0dc; --accent: #0b6b53; --accent-deep: #085441;
  --on-accent: #ffffff; --wash: #e9f3ef; --banner: #fff4d6; --banner-text: #5c4300; --banner-line: #ecd9a0; --alarm: #a32a1c; --alarm-wash: #fbeae7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121614; --card: #1b211e; --text: #e7ece9; --quiet: #a0aca6; --line: #343d38; --accent: #6fd3b3; --accent-deep: #8fe3c8;
    --on-accent: #06281e; --wash: #20322b; --banner: #33290d; --banner-text: #f4dc99; --banner-line: #54451b; --alarm: #ff9d8f; --alarm-wash: #3a211d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
.banner { margin: 0; padding: .55rem 1rem; text-align: center; font-size: .875rem; background: var(--banner); color: var(--banner-text); border-bottom: 1px solid var(--banner-line); }
main { width: min(32rem, 100% - 2rem); margin: 2.5rem auto; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 16px; }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; text-wrap: balance; }
h2 { margin: 0; font-size: 1rem; font-weight: 650; }
p { margin: 0 0 1rem; }
.lead { color: var(--quiet); }
code { font: .8125rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
fieldset { margin: 1.5rem 0 0; padding: 0; border: 0; min-width: 0; }
legend { padding: 0 0 .5rem; font-weight: 650; }
.hint { margin: -.25rem 0 .5rem; font-size: .875rem; color: var(--quiet); }
.choices { border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.choice { display: flex; gap: .75rem; align-items: center; padding: .75rem .875rem; cursor: pointer; }
.choice + .choice { border-top: 1px solid var(--line); }
.choice:hover { background: color-mix(in srgb, var(--wash) 55%, transparent); }
.choice:has(input:checked) { background: var(--wash); }
.choice:has(input:focus-visible) { outline: 3px solid var(--accent); outline-offset: -3px; border-radius: 12px; }
.choice input { flex: none; width: 1.125rem; height: 1.125rem; margin: 0; accent-color: var(--accent); }
.choice input:focus-visible { outline: none; }
.scope { align-items: flex-start; }
.scope input { margin-top: .2rem; }
.avatar { flex: none; display: grid; place-items: center; width: 2.25rem; height: 2.25rem; border-radius: 50%; background: var(--accent); color: var(--on-accent); font-size: .875rem; font-weight: 600; }
.words { display: block; min-width: 0; }
.words strong, .words small { display: block; overflow-wrap: anywhere; }
.words strong { font-weight: 600; }
.words small { color: var(--quiet); font-size: .8125rem; line-height: 1.4; }
.field { display: grid; gap: .5rem; margin-top: 1.5rem; }
.field label { font-weight: 650; }
.field input { width: 100%; min-height: 3.5rem; padding: .5rem 1rem; border: 1px solid var(--quiet); border-radius: 12px; background: var(--page); color: var(--text); font: 600 1.5rem/1.2 ui-monospace, "SF Mono", Menlo, Consolas, monospace; letter-spacing: .12em; text-transform: uppercase; }
.field input:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.field input[aria-invalid] { border-color: var(--alarm); }
.field .hint { margin: 0; }
.field .wrong { margin: 0; color: var(--alarm); }
.user-code { margin: 1.25rem 0 0; padding: .875rem 1rem; border-radius: 12px; background: var(--wash); }
.user-code strong { display: block; font: 600 1.5rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; letter-spacing: .12em; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.75rem; }
button { flex: 1 1 9rem; min-height: 3rem; padding: .625rem 1.25rem; border: 1px solid transparent; border-radius: 10px; font: inherit; font-weight: 600; cursor: pointer; }
.allow { background: var(--accent); color: var(--on-accent); }
.allow:hover { background: var(--accent-deep); }
.deny { background: transparent; border-color: var(--line); color: var(--text); }
.deny:hover { background: var(--page); }
button:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 10px; }
details { margin-top: 1.75rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; }
summary { cursor: pointer; color: var(--quiet); }
dl { display: grid; gap: .625rem; margin: .75rem 0 0; font-size: .875rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.verdict { margin: 1.25rem 0 0; padding: .875rem 1rem; border-radius: 12px; background: var(--alarm-wash); }
.verdict strong { color: var(--alarm); }
.verdict p { margin: .35rem 0 0; white-space: pre-line; }
a { color: var(--accent); overflow-wrap: anywhere; }
.help { margin: 1.5rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; color: var(--quiet); }
.help a { display: block; margin-top: .25rem; }
@media (max-width: 30rem) {
  main { width: 100%; margin: 0; padding: 1.5rem 1.25rem 2rem; border: 0; border-radius: 0; min-height: calc(100vh - 3.5rem); }
  .banner span { display: block; }
}
@media (forced-colors: active) { .allow, .deny { border-color: ButtonText; } }
`
