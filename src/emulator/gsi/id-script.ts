import type { Answer, Browser, BrowserElement, RequestParameters } from './browser.ts'
import type { ButtonOptions } from './button-script.ts'
import type { LoginForm } from './login-form-script.ts'
import type { Prompt } from './prompt-script.ts'
import type { PageWindows } from './sign-in-windows-script.ts'

/** A page's configuration for sign-in. */
export interface IdConfig {
  readonly client_id?: string
  readonly callback?: (answer: Answer) => void
  readonly login_uri?: string
  readonly ux_mode?: string
  readonly nonce?: string
  readonly auto_select?: boolean
  readonly context?: string
  readonly login_hint?: string
  readonly hd?: string
  readonly prompt_parent_id?: string
  readonly cancel_on_tap_outside?: boolean
}

/** `google.accounts.id`. */
export interface IdLibrary {
  initialize(config: IdConfig): void
  renderButton(parent: BrowserElement, options?: ButtonOptions, clickListener?: () => void): void
  prompt(listener?: (notification: object) => void): void
  disableAutoSelect(): void
  cancel(): void
  revoke(hint: string, done?: (answer: Answer) => void): void
  /** Browsers no longer store federated credentials for pages, so this only calls back. */
  storeCredential(credential: object, done?: () => void): void
}

/** The other parts of the library. */
interface IdParts {
  readonly windows: PageWindows
  readonly prompts: Prompt
  readonly loginForm: LoginForm
  readonly issuer: string
  readonly createButton: (page: Browser, options: ButtonOptions, clicked: () => void) => BrowserElement
}

/** Returns `google.accounts.id`. The source of this function is sent to the page: see {@link PageWindows}. */
export function createId(page: Browser, { windows, prompts, loginForm, issuer, createButton }: IdParts): IdLibrary {
  let current: IdConfig = {}
  const isForgetful = (): boolean => page.document.cookie.includes('g_state={"i_l":0}')
  const configured = (): IdConfig => {
    if (!current.client_id) throw new Error('Missing required parameter client_id.')
    return current
  }
  const parametersOf = (config: IdConfig, state?: string): RequestParameters => ({
    gsiwebsdk: 3,
    client_id: config.client_id,
    scope: 'openid email profile',
    response_type: 'id_token',
    nonce: config.nonce,
    login_hint: config.login_hint,
    hd: config.hd,
    state,
  })
  const loginUri = ({ login_uri: uri }: IdConfig): string => uri ?? page.location.href.replace(/[?#].*/, '')
  /** Passes on a credential; the page is not told of a denial. */
  const deliver = (config: IdConfig, answer: Answer): void => {
    if (answer['credential'] === undefined) return
    page.document.cookie = 'g_state=;path=/;max-age=0'
    if (config.callback !== undefined) config.callback(answer)
    else loginForm.post(loginUri(config), answer)
  }
  const signIn = (config: IdConfig, state: string | undefined): void => {
    const parameters = parametersOf(config, state)
    if (config.ux_mode === 'redirect') {
      const returned = {
        redirect_uri: loginUri(config),
        response_mode: 'form_post',
        g_csrf_token: loginForm.csrfToken(),
      }
      page.location.assign(windows.address({ ...parameters, ...returned }))
      return
    }
    windows.open(
      parameters,
      (answer) => deliver(config, answer),
      (_type, message) => page.console.warn(`[GSI_LOGGER]: ${message}`),
    )
  }
  const revoke = async (hint: string, done?: (answer: Answer) => void): Promise<void> => {
    const body = new URLSearchParams({ client_id: configured().client_id ?? '', login_hint: hint })
    done?.((await (await page.fetch(`${issuer}/gsi/revoke`, { method: 'POST', body })).json()) as Answer)
  }
  return {
    initialize: (config) => {
      current = config
      configured()
    },
    renderButton: (parent, options = {}, clickListener) => {
      const clicked = (): void => {
        options.click_listener?.()
        clickListener?.()
        signIn(configured(), options.state)
      }
      parent.replaceChildren(createButton(page, options, clicked))
    },
    prompt: (listener) => {
      const config = configured()
      void prompts.show({
        parameters: { ...parametersOf(config), ui_mode: 'card', auto_select: config.auto_select && !isForgetful() },
        parentId: config.prompt_parent_id,
        cancelsOutside: config.cancel_on_tap_outside ?? true,
        done: (answer) => deliver(config, answer),
        listener,
      })
    },
    disableAutoSelect: () => {
      page.document.cookie = 'g_state={"i_l":0};path=/;max-age=15552000'
    },
    cancel: () => prompts.cancel('cancel_called'),
    revoke: (hint, done) => void revoke(hint, done),
    storeCredential: (_credential, done) => done?.(),
  }
}
