import type { Answer, Browser, BrowserMessage, RequestParameters, WindowError } from './browser.ts'

/** The part of the library that sends users to the emulator and gets the answers. */
export interface PageWindows {
  /** Returns the address of an authorization request. */
  address(parameters: RequestParameters): string
  randomId(): string
  /** Opens a window for the request; calls one of the two when it ends. */
  open(
    parameters: RequestParameters,
    done: (answer: Answer) => void,
    failed: (type: WindowError, message: string) => void,
  ): void
  /** Calls back for each message of the window or frame with this id, until the returned function is called. */
  hear(id: string, heard: (message: NonNullable<BrowserMessage['data']>) => void): () => void
  /** Returns the redirect URI that leads to this page. */
  relay(id: string): string
}

/** The emulator's knowledge of a window; `isLost` if it cannot be asked. */
interface WindowReport {
  readonly isOpen?: boolean
  readonly answer?: Answer
  readonly isLost?: boolean
}

/**
 * Creates the windows of a page. The source of this function is sent to the page, so it uses only its parameters and
 * what every page has.
 */
export function createPageWindows(page: Browser, issuer: string): PageWindows {
  const pause = 300
  /** For three seconds, a window may be loading, or cut off from the page by its opener policy. */
  const mostMissing = 10
  const cutOff =
    '[gsa] This page sends "Cross-Origin-Opener-Policy: same-origin". Signing in works here, but not at Google: send "same-origin-allow-popups".'
  const address = (parameters: RequestParameters): string => {
    const sent = new URLSearchParams()
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) sent.set(name, String(value))
    return `${issuer}/o/oauth2/v2/auth?${sent.toString()}`
  }
  const randomId = (): string =>
    Array.from(page.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const relay = (id: string): string => `storagerelay://${page.location.origin.replace('://', '/')}?id=${id}`
  const hear: PageWindows['hear'] = (id, heard) => {
    const listener = ({ origin, data }: BrowserMessage): void => {
      if (origin === issuer && data?.id === id) heard(data)
    }
    page.addEventListener('message', listener)
    return () => page.removeEventListener('message', listener)
  }
  /** Asks the emulator for a window that the page cannot see. */
  const ask = async (id: string): Promise<WindowReport> => {
    try {
      return (await (await page.fetch(`${issuer}/gsi/relay?id=${id}`)).json()) as WindowReport
    } catch {
      return { isLost: true }
    }
  }
  const open: PageWindows['open'] = (parameters, done, failed) => {
    const id = `auth${randomId()}`
    const [width, height] = [500, 680]
    const place = `left=${(page.screen.width - width) / 2},top=${(page.screen.height - height) / 2}`
    const url = address({ ...parameters, redirect_uri: relay(id) })
    const opened = page.open(url, `g_${id}`, `popup,width=${width},height=${height},${place}`)
    if (opened === null) {
      failed('popup_failed_to_open', `Failed to open popup window on url: ${url}. Maybe blocked by the browser?`)
      return
    }
    let [isOver, isVisible, isCutOff, missing] = [false, false, false, 0]
    const end = (report: () => void): void => {
      if (isOver) return
      isOver = true
      stopHearing()
      report()
    }
    const stopHearing = hear(id, ({ answer }) => {
      isVisible = true
      if (answer !== undefined) end(() => done(answer))
    })
    const watch = async (): Promise<void> => {
      if (opened.closed) {
        const { answer, isOpen = false, isLost = false } = isVisible ? {} : await ask(id)
        if (answer !== undefined) end(() => done(answer))
        if (isOpen && !isCutOff) page.console.warn(cutOff)
        isCutOff ||= isOpen
        missing = isOpen ? 0 : missing + 1
        // The last message of a window that the page can see may still be on its way.
        if (missing > (isVisible ? 1 : mostMissing))
          end(() =>
            isLost ? failed('unknown', 'Cannot reach Google.') : failed('popup_closed', 'Popup window closed'),
          )
      }
      if (!isOver) page.setTimeout(() => void watch(), pause)
    }
    void watch()
  }
  return { address, randomId, open, hear, relay }
}
