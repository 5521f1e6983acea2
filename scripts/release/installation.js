/**
 * The places that say how to install gsa: from a checkout before the first release, from npm after it. Nothing matches
 * after the first release.
 */
const places = [
  {
    path: 'README.md',
    before: /There is no release yet, so install gsa from a checkout\.[^]*?\n```sh\n[^]*?\n```\n/,
    after: `You need Node ≥ 20.19:

\`\`\`sh
npm install --global gsa-cli
gsa smoke    # runs the whole flow against the emulator
\`\`\`
`,
  },
  {
    path: 'docs/ci.md',
    before: / from npm, which works after the first release\. Until then, .*\n/,
    after: ' from npm.\n',
  },
]

/** The files with such a place. */
export const installationPages = places.map(({ path }) => path)

/** Returns the text of a page that says to install gsa from npm. */
export function installedFromNpm(page, text) {
  const place = places.find(({ path }) => path === page)
  return place === undefined ? text : text.replace(place.before, place.after)
}
