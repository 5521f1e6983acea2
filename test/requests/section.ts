import { requestNames, rows } from './rows.ts'

const intro = `## Requests

The requests of each command; \`–\` means none. The tests run every row and compare the requests and connections with those that the emulator received. Unless the row says otherwise, the keys and
the access token are cached. Google's own endpoints are built in, so with Google there is no \`discovery\`. A command sends its requests one after the other on
one connection per host. There are two exceptions: it sends requests in brackets at the same time, and a request that it must not send twice gets its own connection, because gsa cannot know whether the server
has read a request if it closes a waiting connection at the same moment. The emulator is one host, and Google two:
\`oauth2.googleapis.com\` for tokens, \`www.googleapis.com\` for keys and Drive.
`

const reasons = `Some requests look unnecessary. The reasons for them:

- \`discovery\`, once in each command that needs the endpoints of a server that is not Google's: the document is valid for an hour, and so is the access
  token that makes it unnecessary, so a cached document would usually have expired when a command needs it.
- \`keys\` before a code, although they are cached: a code is lost if gsa cannot verify its ID token. After a refresh gsa fetches them only if they are not
  cached, which is always the case with \`GSA_REFRESH_TOKEN\`, because such a run writes nothing.
- \`new id\`: with it gsa can send an upload again if the response was lost, without creating a second file.
- \`list\` after an upload that adds a file: it finds other files with the same name. gsa prints the result first, and \`--quiet\` skips this request.
- \`metadata\` and \`list\` before \`content\`: the name, and the MD5 for the comparison. Before \`delete\`: gsa looks up all names and ids before
  it permanently deletes anything.
- \`token\` after \`revoke\`: the proof, a refresh that the server must reject.
- \`about\` and \`folder\` in \`drive info\`: the quota, and the call of Google's guides.
- \`sign-in page\` twice, and \`keys\`, \`token endpoint\` and \`about\` in \`doctor\`: each check is independent, so that it can say exactly what does not work.
`

/** Returns the section of docs/performance.md that lists the requests. */
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
