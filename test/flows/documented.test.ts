import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Flow } from '../../src/flows/flow.ts'
import { inFastTime } from '../support/fast-time.ts'
import { withGsa } from '../support/harness.ts'
import { flowMarkdown } from './markdown.ts'
import { type Scene, scenes, tracedRun } from './scenes.ts'

const page = '../../docs/flows.md'

const opening = `# Flows, step by step

\`gsa login\`, \`exchange\`, \`refresh\`, \`smoke\` and \`serve --once\` write what they did with \`--trace FILE\`: a page to open in a
browser, or data if the name ends in \`.json\` ([schema](flow.schema.json)). It shows each request and response with its
parameters, what each is for, the section of the specification, and what gsa checked. Secrets are shown by kind and
length only. A flow that failed shows where it stopped, why, and what to do; the page can be attached to an issue.
gsa writes over an earlier trace, but over no other file.

\`\`\`sh
gsa exchange --trace flow.html CODE
gsa login --trace flow.json
\`\`\`

\`--debug\` prints the same steps on the terminal. The emulator draws the flows of your own backend at \`/flows\`
([emulator.md](emulator.md)).

The flows below are real runs against the emulator: \`test/flows/documented.test.ts\` generates this page, and fails if a
step changes. Ports, times, identifiers of keys and hashes are replaced, and lengths left out.
`

const documented: readonly (readonly [title: string, heading: string, about: string])[] = [
  [
    'A code of an Android app',
    'The offline-access flow of the guides',
    'An Android app obtains a one-time code, and a backend exchanges it. `gsa exchange` takes the place of the backend. The flow of an iOS app is the same. For a web page with a popup, the redirect URI is `postmessage` instead of empty.',
  ],
  [
    'A login through the browser of this machine',
    'A login through the browser',
    '`gsa login` obtains the code itself: it opens the browser, and receives the response on a port of 127.0.0.1 (RFC 8252).',
  ],
  [
    'A login with a code for another device',
    'The device flow',
    '`gsa login --device` shows a code that the user types on any device (RFC 8628).',
  ],
  [
    'DPoP: an exchange for which Google wants a nonce',
    'An exchange with DPoP',
    '`gsa exchange --dpop` binds the refresh token to a key (RFC 9449, [dpop.md](dpop.md)). Here the server wants a nonce in the proof, so the request is sent twice. The server has not looked at the code the first time.',
  ],
  ['DPoP: a refresh with a nonce', 'A refresh with DPoP', 'Each refresh needs a new proof.'],
]

async function flowOf({ play, isSlow = false }: Scene): Promise<Flow> {
  const flows: Flow[] = []
  const playNow = async (): Promise<void> =>
    withGsa(async (gsa, google) => {
      const { traced, file } = tracedRun(gsa, 'json')
      await play({ gsa, google, traced })
      flows.push(JSON.parse(readFileSync(file, 'utf8')) as Flow)
    })
  await (isSlow ? inFastTime(playNow) : playNow())
  const [flow] = flows
  if (flow === undefined) throw new Error('the scene was not played')
  return flow
}

test('docs/flows.md shows what gsa does (npx vitest run test/flows/documented.test.ts --update)', async () => {
  const sections: string[] = []
  for (const [title, heading, about] of documented) {
    const scene = scenes.find((one) => one.title === title)
    if (scene === undefined) throw new Error(`no scene ${title}`)
    sections.push(`## ${heading}\n\n${about}\n\n${flowMarkdown(await flowOf(scene))}\n`)
  }
  await expect(`${opening}\n${sections.join('\n')}`).toMatchFileSnapshot(page)
})
