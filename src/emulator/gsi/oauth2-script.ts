import type { Answer, Browser, RequestParameters } from './browser.ts'
import type { PageWindows } from './sign-in-windows-script.ts'

/** A page's configuration of a code or token client, with some names of older versions. */
interface ClientConfig {
  readonly client_id?: string
  readonly scope?: string | readonly string[]
  readonly state?: string
  readonly login_hint?: string
  readonly hint?: string
  readonly hd?: string
  readonly hosted_domain?: string
  readonly include_granted_scopes?: boolean
  readonly enable_granular_consent?: boolean
  readonly redirect_uri?: string
  readonly ux_mode?: string
  readonly select_account?: boolean
  readonly prompt?: string
  readonly callback?: (answer: Answer) => void
  readonly error_callback?: (error: object) => void
}

/** Returns `google.accounts.oauth2`. The source of this function is sent to the page: see {@link PageWindows}. */
export function createOAuth2(page: Browser, windows: PageWindows, issuer: string): object {
  const checked = (config: ClientConfig): ClientConfig => {
    if (!config.client_id) throw new Error('Missing required parameter client_id.')
    if (config.scope === undefined || config.scope.length === 0) throw new Error('Missing required parameter scope.')
    return config
  }
  const parametersOf = (config: ClientConfig): RequestParameters => ({
    gsiwebsdk: 3,
    client_id: config.client_id,
    scope: typeof config.scope === 'string' ? config.scope : config.scope?.join(' '),
    state: config.state,
    login_hint: config.login_hint ?? config.hint,
    hd: config.hd ?? config.hosted_domain,
    include_granted_scopes: config.include_granted_scopes ?? true,
    enable_granular_consent: config.enable_granular_consent ?? true,
  })
  const open = (parameters: RequestParameters, { callback, error_callback: errorCallback }: ClientConfig): void =>
    windows.open(
      parameters,
      (answer) => callback?.(answer),
      (type, message) => errorCallback?.(Object.assign(new Error(message), { type })),
    )
  const initCodeClient = (config: ClientConfig): object => {
    checked(config)
    const requestCode = (): void => {
      const prompt = config.select_account ? 'select_account consent' : 'consent'
      const parameters = { ...parametersOf(config), prompt, access_type: 'offline', response_type: 'code' }
      if (config.ux_mode === 'redirect')
        page.location.assign(windows.address({ ...parameters, redirect_uri: config.redirect_uri }))
      else open(parameters, config)
    }
    return { requestCode }
  }
  const initTokenClient = (config: ClientConfig): object => {
    checked(config)
    const requestAccessToken = (overrides: ClientConfig = {}): void => {
      const used = { ...config, ...overrides }
      const prompt = (used.prompt ?? 'select_account') || undefined
      open({ ...parametersOf(used), prompt, response_type: 'token' }, used)
    }
    return { requestAccessToken }
  }
  const scopesOf = ({ scope }: Answer): readonly string[] => (typeof scope === 'string' ? scope.split(' ') : [])
  const hasGrantedAllScopes = (token: Answer, ...scopes: readonly string[]): boolean =>
    scopes.every((scope) => scopesOf(token).includes(scope))
  const hasGrantedAnyScope = (token: Answer, ...scopes: readonly string[]): boolean =>
    scopes.some((scope) => scopesOf(token).includes(scope))
  const revoke = async (token: string, done?: (answer: Answer) => void): Promise<void> => {
    const body = new URLSearchParams({ token })
    const reply = await page.fetch(`${issuer}/o/oauth2/revoke`, { method: 'POST', body })
    done?.(reply.ok ? { successful: true } : { successful: false, ...((await reply.json()) as Answer) })
  }
  return {
    initCodeClient,
    initTokenClient,
    hasGrantedAllScopes,
    hasGrantedAnyScope,
    revoke: (token: string, done?: (answer: Answer) => void) => void revoke(token, done),
  }
}
