import type { CodeRequest } from '../../backend/code-request.ts'
import type { Verdict } from '../../backend/respond.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { Failure, masked } from '../../failures/index.ts'
import type { FlowField } from '../../flows/flow.ts'
import type { Trace } from '../../flows/event.ts'
import { secretField, tokenContents } from '../../http/shown-values.ts'

/** Traces how the app got its code, which gsa does not see, and its request. */
export function tracePostedCode(trace: Trace, { code, origin, idToken }: CodeRequest): void {
  trace({ type: 'step', name: 'app-request' })
  trace({ type: 'step', name: 'app-code' })
  const fields: readonly FlowField[] = [
    secretField('code', code.reveal(), 'form'),
    ...(idToken === undefined
      ? []
      : [{ ...secretField('id_token', idToken.reveal(), 'form'), contents: tokenContents(idToken.reveal()) }]),
    { name: 'from', value: origin, place: 'detail', meaning: 'The platform, by the name of the field.' },
  ]
  const secrets = [code, ...(idToken === undefined ? [] : [idToken])].map((secret) => secret.reveal())
  trace({ type: 'step', name: 'code-posted', fields }, secrets)
}

/** Traces the response to the app. A request without a code was not traced before. */
export function traceVerdict(trace: Trace, { method, path, status, request, outcome }: Verdict): void {
  if (request === undefined) trace({ type: 'step', name: 'code-posted', line: `${method} ${safeText(masked(path))}` })
  const isError = outcome instanceof Failure
  trace({
    type: 'step',
    name: 'code-answer',
    line: String(status),
    isError,
    ...(isError && { fields: [{ name: 'error', value: outcome.code, place: 'body' }] }),
  })
}
