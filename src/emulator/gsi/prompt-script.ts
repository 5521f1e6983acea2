import type { Answer, Browser, BrowserElement, RequestParameters } from './browser.ts'
import type { PageWindows } from './sign-in-windows-script.ts'

/** A step of the prompt; the reason is one of those that Google documents. */
type Moment = 'display' | 'skipped' | 'dismissed'

/** One request to show the prompt. */
interface PromptRequest {
  readonly parameters: RequestParameters
  readonly parentId: string | undefined
  /** Dismisses the prompt when the user clicks elsewhere in the page. */
  readonly cancelsOutside: boolean
  readonly done: (answer: Answer) => void
  readonly listener: ((notification: object) => void) | undefined
}

/** The prompt of a page. */
export interface Prompt {
  show(request: PromptRequest): Promise<void>
  cancel(reason: string): void
}

/**
 * Creates the prompt, a frame with the emulator's small form. The source of this function is sent to the page: see
 * {@link PageWindows}.
 */
export function createPrompt(page: Browser, windows: PageWindows, issuer: string): Prompt {
  const notification = (moment: Moment, reason?: string): object => ({
    getMomentType: () => moment,
    isDisplayMoment: () => moment === 'display',
    isDisplayed: () => moment === 'display' && reason === undefined,
    isNotDisplayed: () => moment === 'display' && reason !== undefined,
    getNotDisplayedReason: () => (moment === 'display' ? reason : undefined),
    isSkippedMoment: () => moment === 'skipped',
    getSkippedReason: () => (moment === 'skipped' ? reason : undefined),
    isDismissedMoment: () => moment === 'dismissed',
    getDismissedReason: () => (moment === 'dismissed' ? reason : undefined),
  })
  let end: ((moment: Moment, reason?: string) => void) | undefined
  /** Returns why Google would not show the prompt, if it would not. */
  const refusal = async (clientId: unknown): Promise<string | undefined> => {
    try {
      const reply = await page.fetch(
        `${issuer}/gsi/status?${new URLSearchParams({ client_id: String(clientId) }).toString()}`,
      )
      return reply.ok ? undefined : ((await reply.json()) as { readonly reason: string }).reason
    } catch {
      return 'unknown_reason'
    }
  }
  const createFrame = (url: string, isFloating: boolean): BrowserElement => {
    const frame = page.document.createElement('iframe')
    frame.title = 'Sign in with Google Dialog'
    frame.src = url
    const place = isFloating ? 'position:fixed;top:16px;right:16px;z-index:9999;' : ''
    frame.style.cssText = `${place}width:391px;max-width:calc(100% - 32px);height:405px;max-height:calc(100% - 32px);border:0;border-radius:16px;box-shadow:0 2px 16px #0004`
    return frame
  }
  const show = async ({ parameters, parentId, cancelsOutside, done, listener }: PromptRequest): Promise<void> => {
    end?.('dismissed', 'flow_restarted')
    let isOver = false
    const id = `auth${windows.randomId()}`
    const parent = parentId ? page.document.getElementById(parentId) : null
    const frame = createFrame(windows.address({ ...parameters, redirect_uri: windows.relay(id) }), parent === null)
    const outside = ({ target }: { readonly target: unknown }): void => {
      if (target !== frame && cancelsOutside) finish('skipped', 'tap_outside')
    }
    let isShown = false
    const stopHearing = windows.hear(id, ({ answer, dismissed }) => {
      if (answer !== undefined) {
        finish('dismissed', 'credential_returned')
        done(answer)
      } else if (dismissed) finish('skipped', 'user_cancel')
      else if (!isShown) {
        isShown = true
        listener?.(notification('display'))
      }
    })
    const finish = (moment: Moment, reason?: string): void => {
      if (isOver) return
      isOver = true
      end = undefined
      stopHearing()
      frame.remove()
      page.document.removeEventListener('click', outside)
      listener?.(notification(moment, reason))
    }
    end = finish
    const reason = await refusal(parameters['client_id'])
    if (reason === 'unregistered_origin')
      page.console.error('[GSI_LOGGER]: The given origin is not allowed for the given client ID.')
    if (reason === 'invalid_client') page.console.error('[GSI_LOGGER]: The given client ID is not found.')
    if (reason !== undefined) finish('display', reason)
    // It may have been cancelled meanwhile.
    if (isOver) return
    const container = parent ?? page.document.body
    container.append(frame)
    page.document.addEventListener('click', outside)
  }
  return { show, cancel: (reason) => end?.('dismissed', reason) }
}
