import { requestNames, rows } from './rows.ts'

const intro = `## Requests

What each command sends; \`–\` is nothing. The tests run every row and compare it with what the emulator received, and on how many connections. Keys are remembered and
the access token is cached unless the row says otherwise. Google's own endpoints are built in: with Google there is no \`discovery\`. Requests go one after the other on
one connection for each host, but for what is in brackets, which is sent at once, and for what must not be sent twice, which gets a connection of its own: a server
that closes a waiting connection at the moment of a request leaves nobody knowing whether it was read. The emulator is one host, and Google two:
\`oauth2.googleapis.com\` for tokens, \`www.googleapis.com\` for keys and Drive.
`

const reasons = `What looks as if it could be left out, and why it is not:

- \`discovery\`, of a server that is not Google's, by each command that needs its endpoints, and once a command: the document holds for an hour, and so does the access
  token that spares the next question, so a remembered one would mostly be too old when it is needed.
- \`keys\` before a code, although they are remembered: a code whose ID token cannot be verified is lost. After a refresh they are fetched only when they are not
  remembered, which is always so in a run with \`GSA_REFRESH_TOKEN\`, because it writes nothing.
- \`new id\`: with it an upload can be sent again when its answer was lost, and makes no second file.
- \`list\` after an upload that adds a file: whether others have its name. The result is printed before it is sent, and \`--quiet\` leaves it out.
- \`metadata\` and \`list\` before \`content\`: the name and the MD5 that the content is compared with. Before \`delete\`: all names and ids are looked up before
  anything is deleted for good.
- \`token\` after \`revoke\`: the proof, by a refresh that must be refused.
- \`about\` and \`folder\` of \`drive info\`: the quota, and the call of the guides.
- \`sign-in page\` twice, and \`keys\`, \`token endpoint\` and \`about\`, of \`doctor\`: each check sees for itself, so that it can say what exactly does not work.
`

/** The part of docs/performance.md that says what is sent. */
export function requestsSection(): string {
  const names = Object.entries(requestNames).map(([name, request]) => `| ${name} | \`${request}\` |`)
  const table = rows.map(({ command, when, requests, connections }) => {
    const shown = requests.map((name) => (typeof name === 'string' ? name : `[${name.join(', ')}]`)).join(', ')
    const cells = [
      [`\`gsa ${command}\``, when].filter((part) => part !== undefined).join(', '),
      shown === '' ? '–' : shown,
      shown === '' ? '' : String(connections ?? 1),
    ]
    return `| ${cells.join(' | ')} |`.replace('|  |', '| |')
  })
  return [
    intro,
    ['| command | requests | connections |', '|---|---|---|', ...table, ''].join('\n'),
    ['| name | request |', '|---|---|', ...names, ''].join('\n'),
    reasons,
  ].join('\n')
}
