import { type StepKind, stepKinds, type StepName, stepOfRequest } from '../../flows/steps.ts'
import type { JournalEntry } from '../records/journal.ts'

/**
 * Returns the steps that look different from here: the emulator sees the browser, and cannot see the app. No constant,
 * so that the emulator starts without loading the others.
 */
function ownKinds() {
  const { 'app-code': appCode, 'authorization-request': authorizationRequest, 'sign-in': signIn, response } = stepKinds
  const fromBrowser = { from: 'browser', to: 'server', kind: 'request', purpose: '', specifications: [] } as const
  const toBackend = { from: 'browser', to: 'backend', kind: 'unseen', specifications: [] } as const
  const unseen = { ...toBackend, purpose: 'The emulator cannot see this.' } as const
  const onErrorPage = 'The app is not told: only the user sees the reason.'
  return {
    'app-code': { ...appCode, kind: 'message' },
    'code-sent': { ...unseen, from: 'app', title: 'The app sends the code to your backend' },
    'login-start': {
      ...authorizationRequest,
      kind: 'unseen',
      title: 'Your app opens the browser',
      purpose: "It opens Google's address, or redirects the browser to it.",
      specifications: [],
    },
    'authorization-request': {
      ...authorizationRequest,
      ...fromBrowser,
      purpose: 'Its parameters say who asks for what.',
    },
    'sign-in': { ...fromBrowser, title: 'Sign-in page' },
    consent: { ...fromBrowser, title: signIn.title, purpose: 'The user allows the scopes, or denies them.' },
    'authorization-response': { ...stepKinds['authorization-response'], kind: 'response' },
    'error-page': { ...stepKinds['error-response'], title: 'Error page', purpose: onErrorPage },
    'redirect-followed': { ...unseen, title: 'The response reaches your app' },
    'user-code': { ...stepKinds['user-code'], kind: 'unseen' },
    'user-approval': { ...stepKinds['user-approval'], kind: 'request' },
    'other-request': { ...stepKinds['other-request'], title: 'API request', purpose: '' },
    'no-response': { ...response, title: 'No response' },
    omitted: { ...response, from: 'server', to: 'server', kind: 'work', title: '' },
  } as const satisfies Readonly<Record<string, StepKind>>
}

/** The name of a step of a sign-in. */
export type SignInStepName = StepName | keyof ReturnType<typeof ownKinds>

let kinds: Readonly<Record<SignInStepName, StepKind>> | undefined

/** Returns what a step of a sign-in is. Where gsa takes part in its own flows, your app or backend does here. */
export function signInStepKind(name: SignInStepName): StepKind {
  kinds ??= Object.fromEntries(
    Object.entries<StepKind>({ ...stepKinds, ...ownKinds() }).map(([one, kind]) => [one, aboutYourApp(kind)]),
  ) as Record<SignInStepName, StepKind>
  return kinds[name]
}

function aboutYourApp({ from, to, purpose, ...kind }: StepKind): StepKind {
  return {
    ...kind,
    from: from === 'gsa' ? 'backend' : from,
    to: to === 'gsa' ? 'backend' : to,
    purpose: withoutGsa(purpose),
  }
}

/** Returns a sentence about gsa as one about the app that is being tested. */
export function withoutGsa(text: string): string {
  return text.replace(/(?<=^|\. )gsa/g, 'Your app').replaceAll('gsa', 'your app')
}

const stepsOfPages: Readonly<Record<string, SignInStepName>> = {
  '/o/oauth2/auth': 'authorization-request',
  '/o/oauth2/v2/auth': 'authorization-request',
  '/v3/signin/identifier': 'sign-in',
  '/signin/oauth/consent': 'consent',
  '/device': 'user-approval',
}

/** Returns what a request of a sign-in is. */
export function stepOfEntry({ path, form, query }: JournalEntry): SignInStepName {
  const page = stepsOfPages[path]
  if (page !== undefined) return page
  if (!path.endsWith('/token')) return stepOfRequest(path, undefined)
  const grantType = form['grant_type'] ?? query['grant_type'] ?? ''
  if (grantType.includes('device')) return 'device-poll'
  return grantType === 'refresh_token' ? 'refresh-request' : 'token-request'
}
