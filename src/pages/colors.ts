/**
 * The colours of all pages and of the picture in the README, by what they are for. Text has a contrast of 4.5:1 on
 * `page`, `card` and its own ground.
 */
export const palette = {
  light: {
    page: '#f4f5f3',
    card: '#ffffff',
    text: '#1d2421',
    quiet: '#5b6661',
    line: '#dbe0dc',
    edge: '#8a948f',
    accent: '#0b6b53',
    'accent-deep': '#085441',
    'on-accent': '#ffffff',
    wash: '#e9f3ef',
    banner: '#fff4d6',
    'banner-text': '#5c4300',
    'banner-line': '#ecd9a0',
    alarm: '#a32a1c',
    'alarm-wash': '#fbeae7',
    note: '#1f4f8f',
    'note-wash': '#e8eff9',
    lift: '0 1px 2px #1d24210d, 0 8px 24px #1d24210f',
  },
  dark: {
    page: '#121614',
    card: '#1b211e',
    text: '#e7ece9',
    quiet: '#a0aca6',
    line: '#343d38',
    edge: '#6d7872',
    accent: '#6fd3b3',
    'accent-deep': '#8fe3c8',
    'on-accent': '#06281e',
    wash: '#20322b',
    banner: '#33290d',
    'banner-text': '#f4dc99',
    'banner-line': '#54451b',
    alarm: '#ff9d8f',
    'alarm-wash': '#3a211d',
    note: '#9cc3f5',
    'note-wash': '#1d2a3b',
    lift: 'none',
  },
} as const

const properties = (colors: Readonly<Record<string, string>>): string =>
  Object.entries(colors)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')

/**
 * The styles that every page begins with: colours for light and dark mode and for readers who prefer more contrast,
 * fonts, links and the keyboard focus. Paper is light.
 */
export const baseStyles = `
:root{color-scheme:light dark;--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;--mono:ui-monospace,"SF Mono",Menlo,Consolas,monospace;${properties(palette.light)}}
@media screen and (prefers-color-scheme:dark){:root{${properties(palette.dark)}}}
@media (prefers-contrast:more){:root{--quiet:var(--text);--line:var(--text);--edge:var(--text)}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 var(--sans)}
a{color:var(--accent);overflow-wrap:anywhere}
:is(a,button,summary):focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:10px}
`
