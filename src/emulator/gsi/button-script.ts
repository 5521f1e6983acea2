import type { Browser, BrowserElement } from './browser.ts'

/** How a page configures the button; every value is optional here. */
export interface ButtonOptions {
  readonly type?: string
  readonly theme?: string
  readonly size?: string
  readonly text?: string
  readonly shape?: string
  readonly logo_alignment?: string
  readonly width?: string | number
  readonly state?: string
  readonly click_listener?: () => void
}

/**
 * Returns a sign-in button. The source of this function is sent to the page. Styles are set as properties, which a
 * content security policy allows.
 */
export function createButton(page: Browser, options: ButtonOptions, clicked: () => void): BrowserElement {
  const words: Readonly<Record<string, string>> = {
    signin_with: 'Sign in with Google',
    signup_with: 'Sign up with Google',
    continue_with: 'Continue with Google',
    signin: 'Sign in',
  }
  const heights: Readonly<Record<string, number>> = { large: 40, medium: 32, small: 20 }
  const colors: Readonly<Record<string, string>> = {
    outline: 'background:#fff;color:#3c4043;border:1px solid #747775',
    filled_blue: 'background:#1a5fd0;color:#fff;border:1px solid #1a5fd0',
    filled_black: 'background:#202124;color:#e8eaed;border:1px solid #8e918f',
  }
  const height = heights[options.size ?? 'large'] ?? 40
  const isIcon = options.type === 'icon'
  const text = words[options.text ?? 'signin_with'] ?? 'Sign in with Google'
  const isRound = options.shape === 'pill' || options.shape === 'circle'
  const width = isIcon ? height : Number(options.width ?? 0)
  const button = page.document.createElement('button')
  button.type = 'button'
  button.title = text
  button.setAttribute('aria-label', text)
  button.style.cssText = `${colors[options.theme ?? 'outline'] ?? colors['outline']};display:inline-flex;align-items:center;justify-content:${options.logo_alignment === 'center' || isIcon ? 'center' : 'space-between'};gap:8px;box-sizing:border-box;height:${height}px;${width > 0 ? `width:${width}px;` : ''}max-width:100%;padding:0 ${isIcon ? 0 : height > 20 ? 12 : 8}px;border-radius:${isRound ? height : 4}px;font:500 ${height > 20 ? 14 : 11}px/1 system-ui,sans-serif;white-space:nowrap;cursor:pointer`
  const mark = page.document.createElement('span')
  mark.textContent = 'G'
  mark.setAttribute('aria-hidden', 'true')
  mark.style.cssText = 'font-weight:700;font-size:1.2em'
  button.append(mark)
  if (!isIcon) {
    const label = page.document.createElement('span')
    label.textContent = text
    label.style.cssText = 'flex:1;text-align:center'
    button.append(label)
  }
  button.addEventListener('click', clicked)
  return button
}
