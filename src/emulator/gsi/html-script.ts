import type { Browser } from './browser.ts'
import type { IdConfig, IdLibrary } from './id-script.ts'

/**
 * Carries out the HTML API: the elements `#g_id_onload`, `.g_id_signin` and `.g_id_signout`. The source of this
 * function is sent to the page, so it uses only its parameters and what every page has.
 */
export function startHtmlApi(page: Browser, id: IdLibrary): void {
  /** Returns the function with a name such as `app.signedIn`, when it is called. */
  const named = (name: string | undefined): ((value: object) => void) | undefined =>
    name
      ? (value) => {
          const found = name
            .split('.')
            .reduce<unknown>((at, part) => (at as Readonly<Record<string, unknown>>)[part], page)
          ;(found as (value: object) => void)(value)
        }
      : undefined
  const { document } = page
  const start = (): void => {
    const onload = document.getElementById('g_id_onload')
    if (onload !== null) {
      const { dataset } = onload
      const callback = named(dataset['callback'])
      const config: Record<string, unknown> = { ...dataset }
      delete config['callback']
      id.initialize({
        ...(config as IdConfig),
        ...(callback !== undefined && { callback }),
        auto_select: dataset['auto_select'] === 'true',
        cancel_on_tap_outside: dataset['cancel_on_tap_outside'] !== 'false',
      })
    }
    for (const element of document.querySelectorAll('.g_id_signin')) {
      const clicked = named(element.dataset['click_listener'])
      const { click_listener: _listener, ...options } = element.dataset
      id.renderButton(element, { ...options, ...(clicked !== undefined && { click_listener: () => clicked({}) }) })
    }
    for (const element of document.querySelectorAll('.g_id_signout'))
      element.addEventListener('click', () => id.disableAutoSelect())
    if (onload !== null && onload.dataset['auto_prompt'] !== 'false')
      id.prompt(named(onload.dataset['moment_callback']))
    page.onGoogleLibraryLoad?.()
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
  else start()
}
