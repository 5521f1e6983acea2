import type { FlowOutcome, FlowStep } from '../../flows/flow.ts'

/** Returns how a sign-in ended: with tokens, with an error, or not yet. */
export function outcomeOf(steps: readonly FlowStep[], account: string | undefined): FlowOutcome {
  const issued = steps.find((step) => hasTokens(step))
  const failure = steps.findLast(({ isError }) => isError === true)
  if (issued !== undefined) {
    const later = failure !== undefined && failure.number > issued.number
    const then = later ? ` Later, step ${failure.number} failed: ${codeOf(failure)}.` : ''
    return { result: 'succeeded', text: `Tokens were issued${account === undefined ? '' : ` for ${account}`}.${then}` }
  }
  const code = steps.findLast(
    ({ name, fields }) => name !== 'token-request' && fields.some((one) => one.name === 'code'),
  )
  if (failure === undefined || (code !== undefined && code.number > failure.number))
    return { result: 'unfinished', text: openText(steps, code !== undefined) }
  return failed(failure)
}

function openText(steps: readonly FlowStep[], hasCode: boolean): string {
  if (hasCode) return 'The code was not exchanged.'
  // The emulator forgets the oldest requests, and all of them when it stops.
  if (!steps.some(({ name }) => beginnings.has(name))) return 'The emulator has forgotten how it began.'
  return 'The user has not answered, or the app got no code.'
}

const beginnings: ReadonlySet<string> = new Set([
  'authorization-request',
  'app-request',
  'device-request',
  'token-request',
])

function hasTokens({ name, isError, fields }: FlowStep): boolean {
  if (isError === true) return false
  return (
    name === 'tokens' ||
    (name === 'authorization-response' && fields.some((one) => ['access_token', 'credential'].includes(one.name)))
  )
}

function failed(step: FlowStep): FlowOutcome {
  const { number, fields, checks, faults, line } = step
  const code = codeOf(step)
  const check = checks.find(({ result }) => result === 'failed')
  const reason = check?.detail ?? fields.find(({ name }) => name === 'error_description')?.value?.trim()
  const because = faults === undefined ? '' : ` The fault ${faults.join(', ')} struck.`
  return {
    result: 'failed',
    text:
      sentence(`${line === undefined ? 'No response' : code}${reason === undefined ? '' : `: ${reason}`}`) + because,
    ...(faults === undefined && /^\w+$/.test(code) && { fix: `Run gsa explain ${code}.` }),
    code,
    step: number,
  }
}

function sentence(text: string): string {
  return `${text.replace(/\s+/g, ' ').replace(/\.$/, '')}.`
}

function codeOf({ fields, line }: FlowStep): string {
  return fields.find(({ name }) => name === 'error')?.value ?? (line === undefined ? 'no_response' : `HTTP ${line}`)
}
