import { baseStyles } from '../../pages/colors.ts'

/**
 * The stylesheet of every emulator page. It is allowed by its hash, so pages can use no other styles. It contains only
 * ASCII characters: one beyond Latin-1 makes encoding a page four times as slow.
 */
export const stylesheet = `${baseStyles}.banner { margin: 0; padding: .55rem 1rem; text-align: center; font-size: .875rem; background: var(--banner); color: var(--banner-text); border-bottom: 1px solid var(--banner-line); }
main { width: min(32rem, 100% - 2rem); margin: 2.5rem auto; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--lift); }
.banner span { margin-left: .5rem; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; text-wrap: balance; overflow-wrap: anywhere; }
h2, h1.small { margin: 0; font-size: 1rem; font-weight: 650; }
p { margin: 0 0 1rem; }
main > :last-child { margin-bottom: 0; }
.lead { color: var(--quiet); }
.lead strong { color: var(--text); }
code { font: .8125rem/1.45 var(--mono); overflow-wrap: anywhere; }
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
.field input { width: 100%; min-height: 3.5rem; padding: .5rem 1rem; border: 1px solid var(--edge); border-radius: 12px; background: var(--card); color: var(--text); font: 600 1.5rem/1.2 var(--mono); letter-spacing: .12em; text-transform: uppercase; }
.plain { margin: .75rem 0 0; font-size: .875rem; }
.plain input { min-height: 2.75rem; margin-top: .25rem; font: inherit; font-size: 1rem; letter-spacing: normal; text-transform: none; }
.field input:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.field input[aria-invalid] { border-color: var(--alarm); }
.field .hint { margin: 0; }
.field .wrong { margin: 0; color: var(--alarm); }
.user-code { margin: 1.25rem 0 0; padding: .875rem 1rem; border-radius: 12px; background: var(--wash); }
.user-code strong { display: block; font: 600 1.5rem/1.4 var(--mono); letter-spacing: .12em; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.75rem; }
button { flex: 1 1 9rem; min-height: 3rem; padding: .625rem 1.25rem; border: 1px solid transparent; border-radius: 10px; font: inherit; font-weight: 600; cursor: pointer; }
.allow { background: var(--accent); color: var(--on-accent); }
.allow:hover { background: var(--accent-deep); }
.deny { background: transparent; border-color: var(--edge); color: var(--text); }
.deny:hover { background: var(--page); }
details { margin-top: 1.75rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; }
summary { cursor: pointer; color: var(--quiet); }
dl { display: grid; gap: .625rem; margin: .75rem 0 0; font-size: .875rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.verdict { margin: 1.25rem 0 0; padding: .875rem 1rem; border-left: 4px solid var(--alarm); border-radius: 8px; background: var(--alarm-wash); }
.verdict strong { color: var(--alarm); }
.verdict p { margin: .35rem 0 0; white-space: pre-line; }
.help { margin: 1.5rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; color: var(--quiet); }
.help a { display: block; margin: .25rem 0 .75rem; }
.help a:last-child { margin-bottom: 0; }
.copied { display: grid; gap: .25rem; font-weight: 650; }
.copied textarea { width: 100%; min-height: 2.5rem; padding: .625rem .75rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--card); color: var(--text); resize: none; field-sizing: content; word-break: break-all; font: .875rem/1.4 var(--mono); }
h2 + .hint { margin-top: .25rem; }
.copied ~ h2 { margin-top: 1.5rem; }
.command { margin: .5rem 0 .75rem; padding: .75rem .875rem; border-radius: 10px; background: var(--wash); font-size: .8125rem; line-height: 1.45; white-space: pre-wrap; user-select: all; -webkit-user-select: all; }
.part { display: inline-block; max-width: 100%; word-break: break-all; }
.copied textarea:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
@media (max-width: 30rem) {
  main { width: 100%; margin: 0; padding: 1.5rem 1.25rem 2rem; border: 0; border-radius: 0; min-height: calc(100vh - 3.5rem); }
  .banner span { display: block; margin: 0; }
}
@media (forced-colors: active) { .allow, .deny { border-color: ButtonText; } }
`

/** The additional styles of wide pages. Only ASCII, too. */
export const wideStylesheet = `
main.wide { width: min(80rem, 100% - 3rem); margin: 2rem auto 4rem; padding: 0; background: none; border: 0; box-shadow: none; border-radius: 0; min-height: 0; }
.wide header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; justify-content: space-between; }
.wide .lead { margin: 0; }
.wide header > h1 { margin: 0; }
.wide header + .lead { margin-top: .5rem; }
.notice { margin: 1.25rem 0 0; padding: .75rem 1rem; border-left: 4px solid var(--accent); border-radius: 8px; background: var(--wash); }
.overview { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1.25rem 0 1.5rem; padding: 0; list-style: none; font-size: .875rem; }
.overview a { display: block; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 2rem; background: var(--card); color: var(--text); text-decoration: none; }
.overview a:hover { border-color: var(--accent); }
.overview strong, .count, .left, table, .time { font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template: auto 1fr / minmax(0, 5fr) minmax(0, 8fr); gap: 1.25rem; align-items: start; }
.activity { grid-area: 1 / 2 / span 2; }
.column { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
section { padding: 1.25rem 1.375rem 1.375rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px; scroll-margin-top: 1rem; }
section:target { border-color: var(--accent); }
section h2 { margin: 0 0 .5rem; font-size: 1.0625rem; }
.count { margin-left: .25rem; color: var(--quiet); font-weight: 400; }
.empty, .more { margin: 0; font-size: .875rem; color: var(--quiet); }
.rows { margin: 0; padding: 0; list-style: none; }
.rows li { display: flex; gap: .75rem; align-items: center; padding: .625rem 0; border-top: 1px solid var(--line); }
.rows li:first-child { border-top: 0; }
.rows li:last-child { padding-bottom: 0; }
.rows + .more, table + .more { margin-top: .625rem; padding-top: .625rem; border-top: 1px solid var(--line); }
.rows .words { flex: 1 1 0; }
.rows code { font-size: .8125rem; }
.rows .words code { font-weight: 400; }
.rows .words strong code { font-size: .875rem; }
.to { color: var(--quiet); font-weight: 400; }
.left { flex: none; min-width: 4.5rem; white-space: nowrap; text-align: right; line-height: 1.3; }
.left strong, .left small { display: block; }
.left strong { font-weight: 600; font-size: .9375rem; }
.left small { color: var(--quiet); font-size: .75rem; }
.kid { flex: 1 1 0; min-width: 0; }
.tag { display: inline-block; padding: 0 .5rem; border-radius: 1rem; background: var(--page); color: var(--quiet); font-size: .75rem; line-height: 1.5; font-weight: 500; vertical-align: .05em; }
.tag.good, .tag.refresh { background: var(--wash); color: var(--accent); }
.tag.access { background: var(--note-wash); color: var(--note); }
.tag.bad { background: var(--alarm-wash); color: var(--alarm); }
.tags { display: flex; flex-wrap: wrap; gap: .25rem; margin-top: .3rem; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; }
.rows .tools { flex: none; }
section > .tools { margin-top: 1rem; }
.tool { flex: none; min-height: 2.25rem; padding: .25rem .75rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--card); color: var(--text); font-size: .875rem; font-weight: 550; line-height: 1.5; text-decoration: none; }
.tool:hover { border-color: var(--accent); background: var(--wash); }
.tool.alarm { border-color: var(--alarm); background: var(--alarm-wash); color: var(--alarm); }
a.tool { display: inline-grid; place-items: center; }
header .tool { padding: .4rem 1rem; }
.time { margin: 0; }
.time strong { display: block; font-size: 1.875rem; line-height: 1.15; font-weight: 600; letter-spacing: -.01em; }
#clock .hint { margin: .125rem 0 0; }
#clock .hint + .hint { margin-top: .875rem; }
#clock .tools { margin-top: .375rem; }
.fields { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .75rem .625rem; align-items: end; }
.fields > * { grid-column: 1 / -1; }
.fields label { display: grid; gap: .25rem; min-width: 0; font-size: .8125rem; color: var(--quiet); }
.fields fieldset { margin: 0; font-size: .8125rem; }
.fields legend { color: var(--quiet); font-weight: 400; padding-bottom: .25rem; }
.fields select, .fields input[type=text], .fields input[type=search], .fields input[type=number] { width: 100%; min-height: 2.5rem; padding: .25rem .5rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--card); color: var(--text); font: inherit; font-size: .875rem; }
.fields :is(select, input):focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.ticks { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.fields .tick { display: flex; gap: .5rem; align-items: center; min-height: 1.75rem; color: var(--text); font-size: .875rem; }
.tick input { flex: none; width: 1.125rem; height: 1.125rem; margin: 0; accent-color: var(--accent); }
.tool.main { border-color: transparent; background: var(--accent); color: var(--on-accent); min-height: 2.5rem; }
.tool.main:hover { background: var(--accent-deep); }
.find, .arm { margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.fields > .half { grid-column: auto; }
.found { margin-top: 1rem; }
.arm .choices { max-height: 22rem; overflow: auto; overscroll-behavior: contain; }
.fields .choice { display: flex; gap: .625rem; padding: .5rem .75rem; color: var(--text); font-size: .875rem; }
h3 { margin: 1rem 0 .25rem; font-size: .875rem; font-weight: 600; }
.group { margin: 0; padding: 0; border: 0; flex: 1 1 0; min-width: 0; }
.group summary { display: flex; gap: .75rem; align-items: center; color: inherit; list-style: none; }
.group summary::-webkit-details-marker { display: none; }
.group summary::before { content: "\\25b8"; flex: none; width: .75rem; color: var(--quiet); }
.group[open] summary::before { content: "\\25be"; }
.group .rows { margin: .375rem 0 0 1.5rem; }
.group .more { margin-left: 1.5rem; }
.more { margin: 0; }
.more label { margin-top: .625rem; }
.sure { margin: 0; padding: 0; border: 0; }
.sure p { margin: .625rem 0 .875rem; color: var(--quiet); }
.sure summary { color: var(--alarm); font-weight: 550; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; line-height: 1.4; }
th { padding: 0 .75rem .375rem 0; color: var(--quiet); font-size: .8125rem; font-weight: 500; text-align: left; }
td { padding: .375rem .75rem .375rem 0; border-top: 1px solid var(--line); vertical-align: baseline; }
td.path { width: 100%; }
td time, td.method { white-space: nowrap; color: var(--quiet); }
th.status, td.status { padding-right: 0; text-align: right; white-space: nowrap; }
td.status { font-weight: 600; }
td.good { color: var(--accent); }
td.bad { color: var(--alarm); }
td.waiting { color: var(--note); }
td small { display: block; font-size: .75rem; font-weight: 400; line-height: 1.4; }
td.path small { color: var(--quiet); overflow-wrap: anywhere; }
@media (max-width: 60rem) {
  .columns { grid-template: none / minmax(0, 1fr); }
  .activity { grid-area: auto; }
}
@media (max-width: 40rem) {
  main.wide { width: calc(100% - 1.5rem); margin: 1.25rem auto 2.5rem; padding: 0; }
  section { padding: 1rem; }
  .rows li:has(> .left .tag) { flex-wrap: wrap; gap: .125rem .75rem; }
  .rows li:has(> .left .tag) .words { flex-basis: 100%; }
  .rows .left:has(.tag) { order: -1; text-align: left; }
  .tool { min-height: 2.5rem; }
  .wide header { flex-wrap: nowrap; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tr { display: grid; grid-template-columns: auto 1fr auto; gap: .125rem .75rem; padding: .5rem 0; border-top: 1px solid var(--line); }
  td { padding: 0; border: 0; }
  td.path { grid-row: 2; grid-column: 1 / -1; }
}
`
