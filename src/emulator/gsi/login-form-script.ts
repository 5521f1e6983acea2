import type { Answer, Browser } from './browser.ts'

/** How credentials reach the login endpoint of an app. */
export interface LoginForm {
  /** Sets the cookie whose value also comes in the form, by which the app recognizes its own pages (double submit). */
  csrfToken(): string
  post(url: string, fields: Answer): void
}

/**
 * Creates the login form of a page. The source of this function is sent to the page, so it uses only its parameters and
 * what every page has.
 */
export function createLoginForm(page: Browser, randomId: () => string): LoginForm {
  const { document } = page
  const csrfToken = (): string => {
    const token = randomId()
    document.cookie = `g_csrf_token=${token};path=/;SameSite=None;Secure`
    // Only https pages and some local ones may set a secure cookie.
    if (!document.cookie.includes(token)) document.cookie = `g_csrf_token=${token};path=/`
    return token
  }
  const post = (url: string, fields: Answer): void => {
    const form = document.createElement('form')
    form.method = 'post'
    form.action = url
    for (const [name, value] of Object.entries({ ...fields, g_csrf_token: csrfToken() })) {
      const field = document.createElement('input')
      field.type = 'hidden'
      field.name = name
      field.value = value
      form.append(field)
    }
    document.body.append(form)
    form.submit()
  }
  return { csrfToken, post }
}
