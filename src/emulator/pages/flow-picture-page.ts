import { flowPicture, flowStyles } from '../../pages/flow-picture.ts'
import type { SignInFlow } from '../flows/sign-in-flow.ts'
import type { Reply } from '../http/reply.ts'
import { pageReply } from './page.ts'
import { shown } from './shown.ts'

/** Returns the page at `/flows/ID`: the picture of a sign-in. */
export function flowPicturePage(flow: SignInFlow): Reply {
  const { id, title, startedAt, outcome } = flow
  const began = `<time datetime="${startedAt}">${startedAt.replace('T', ' ').replace(/\.\d+Z/, ' UTC')}</time>`
  const content = `<h1>${shown(title, 200)}: ${outcome.result}</h1>
<p class="lead">Began ${began}. <a href="/flows">All sign-ins</a>, <a href="/flows/${id}.json">this one as JSON</a>, <a href="/">overview</a></p>
${flowPicture(flow)}`
  return pageReply({ title: `${title}: ${outcome.result}`, content, wide: true, moreStyles: flowStyles })
}
