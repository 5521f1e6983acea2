import { accountName } from '../accounts/account-names.ts'
import { Secret } from '../core/secret.ts'
import { login } from '../credentials/login.ts'
import { redeemCode } from '../credentials/redeem-code.ts'
import { answerConsent } from '../emulator/index.ts'
import { appCodeAdvice, Failure, isFailure } from '../failures/index.ts'
import { verifyIdToken } from '../oauth/id-token.ts'
import { serverJwks } from '../oauth/jwks.ts'
import { defaultScopes } from '../oauth/scopes.ts'
import { present } from './checklist.ts'
import { demand, type EmulatorSmokeState, redeeming } from './emulator-smoke-state.ts'

/** Logs in through the listener, with an HTTP client instead of a browser. */
export async function loginStep(state: EmulatorSmokeState): Promise<string> {
  let browser: Promise<{ readonly status: number }> | undefined
  const grant = await login(redeeming(state, 'desktop'), {
    scopes: defaultScopes,
    port: 0,
    timeoutMs: 30_000,
    loginHint: undefined,
    forceConsent: false,
    expectEmail: undefined,
    signal: state.signal,
    visit: (url) => {
      browser = answerConsent(url.href, { decision: 'allow' })
      // Checked below, after the login. Until then, a failing browser must not crash the process.
      browser.catch(() => undefined)
    },
    onIgnored: () => undefined,
    pageFor: (outcome) =>
      'grant' in outcome
        ? { status: 200, title: 'Logged in', message: 'The smoke test continues.' }
        : { status: 400, title: 'Failed', message: outcome.failure.causeText },
  })
  demand((await browser)?.status === 200, 'the browser did not end on the result page')
  demand(grant.refreshToken.stored, 'no refresh token was stored')
  demand(grant.idToken !== null, 'no ID token was received')
  state.login = grant
  return accountName({ claims: grant.claims, sub: grant.key.sub })
}

/** Exchanges an app's code, and checks that it works only once. */
export async function exchangeStep(state: EmulatorSmokeState): Promise<string> {
  const code = await present(state.emulator).createCode({ platform: 'android' })
  const grant = await redeemCode(redeeming(state, 'web'), {
    code: new Secret(code),
    redirectUri: '',
    from: 'android',
    advice: appCodeAdvice,
    requestedScopes: defaultScopes,
  })
  demand(grant.refreshToken.stored, 'no refresh token was stored')
  try {
    await redeemCode(redeeming(state, 'web'), {
      code: new Secret(code),
      redirectUri: '',
      from: 'android',
      advice: appCodeAdvice,
      requestedScopes: [],
    })
  } catch (error) {
    if (isFailure(error, 'code_used_before')) return 'works once, and is not sent again'
    throw error
  }
  throw new Failure('smoke_failed', { problem: 'the code worked twice' })
}

/** Verifies the ID token of the login, and checks that a forged signature is refused. */
export async function idTokenStep(state: EmulatorSmokeState): Promise<string> {
  const { idToken, key } = present(state.login)
  const { value } = present(idToken ?? undefined)
  const jwks = await serverJwks({
    http: state.http,
    server: present(state.server),
    keyCache: state.keyCache,
    now: state.now,
  })
  const expected = { issuers: [key.issuer], audience: key.clientId, now: state.now() / 1000 }
  const { header } = verifyIdToken(value, jwks, expected)
  const [head, payload, signature = ''] = value.reveal().split('.')
  const forged = new Secret(`${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`)
  try {
    verifyIdToken(forged, jwks, expected)
  } catch (error) {
    if (isFailure(error, 'id_token_invalid'))
      return `${String(header['alg'])}, key ${String(header['kid']).slice(0, 8)}…`
    throw error
  }
  throw new Failure('smoke_failed', { problem: 'a forged ID token was accepted' })
}
