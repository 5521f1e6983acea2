import { signInFlow } from '../flows/sign-in-flow.ts'
import { type Call, noStore, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { flowListPage, missingFlowPage } from '../pages/flow-list.ts'
import { flowPicturePage } from '../pages/flow-picture-page.ts'

/**
 * Handles `GET /flows`, the list of sign-ins, `/flows/ID`, the picture of one, and `/flows/ID.json`, its data. None of
 * them has a secret, so like the home page they are visible wherever the emulator can be reached.
 */
export function flowsEndpoint(google: LocalGoogle, { path }: Call): Reply {
  const name = path.replace(/^\/flows\/?/, '')
  if (name === '') return flowListPage(google)
  const id = name.replace(/\.json$/, '')
  const flow = signInFlow(google, id)
  if (flow === undefined) return missingFlowPage()
  if (name === id) return flowPicturePage(flow)
  return { status: 200, headers: jsonHeaders, body: `${JSON.stringify(flow, null, 2)}\n` }
}

const jsonHeaders = {
  ...noStore,
  'content-type': 'application/json; charset=utf-8',
  'x-content-type-options': 'nosniff',
}
