import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { type ConsentAnswer, consentForm, consentValues, hiddenValues, responseForm } from './consent-form.ts'
import type { HtmlForm } from './html-form.ts'

const http = process.getBuiltinModule('node:http')

/** The page where the browser ends up. `status` 0 means that nothing listens at `url`. */
export interface FinalPage {
  readonly status: number
  readonly url: string
  readonly body: string
}

const mostSteps = 25
const timeLimitMs = 30_000

/**
 * Completes an authorization in place of a person: opens the URL, follows redirects, answers the consent form if there
 * is one, submits the form of `response_mode=form_post`, and returns the last page, usually the app's own. Uses plain
 * HTTP, keeps cookies during the walk, and runs no scripts.
 * @throws Error when the form has no such account, scope or button, when redirects do not end, or when a server does
 *   not respond within 30 seconds.
 * @example
 * import { answerConsent, startEmulator } from 'gsa-cli/emulator'
 *
 * const google = await startEmulator()
 * const desktop = google.clients.find(({ type }) => type === 'desktop')
 * const url = new URL('/o/oauth2/v2/auth', google.issuer)
 * url.search = new URLSearchParams({
 *   client_id: desktop.clientId,
 *   redirect_uri: 'http://127.0.0.1:9999/callback',
 *   response_type: 'code',
 *   scope: 'openid email',
 * })
 * const page = await answerConsent(url.href, { account: 'ada@example.com', decision: 'deny' })
 * console.log(new URL(page.url).searchParams.get('error')) // access_denied
 * await google.close()
 */
export async function answerConsent(authorizationUrl: string, answer: ConsentAnswer = {}): Promise<FinalPage> {
  const { page, answered } = await walk({ url: new URL(authorizationUrl), method: 'GET', body: undefined }, answer)
  const wasRefused = page.url.includes('/signin/oauth/error?')
  // Ignoring unused choices would let a test pass that never denied or unticked anything.
  if (!answered && !wasRefused && Object.keys(answer).length > 0)
    throw new Error('there was no consent page: consent is automatic here, or was given earlier')
  return page
}

/**
 * Completes the device page of the emulator at `emulatorIssuer` in place of the person who reads `userCode` off a
 * device.
 * @throws Error as {@link answerConsent} does, and when the page rejects the code.
 * @example
 * import { answerDevice, startEmulator } from 'gsa-cli/emulator'
 *
 * const google = await startEmulator()
 * const tv = google.clients.find(({ type }) => type === 'tv')
 * const body = new URLSearchParams({ client_id: tv.clientId, scope: 'openid email' })
 * const asked = await (await fetch(`${google.issuer}/device/code`, { method: 'POST', body })).json()
 * const page = await answerDevice(google.issuer, asked.user_code, { account: 'ada@example.com' })
 * console.log(page.status) // 200
 * await google.close()
 */
export async function answerDevice(
  emulatorIssuer: string,
  userCode: string,
  answer: ConsentAnswer = {},
): Promise<FinalPage> {
  const body = new URLSearchParams({ user_code: userCode }).toString()
  const { page, answered } = await walk({ url: new URL('/device', emulatorIssuer), method: 'POST', body }, answer)
  if (!answered) throw new Error(`the device page rejected the code ${userCode}`)
  return page
}

async function walk(
  first: Step,
  answer: ConsentAnswer,
): Promise<{ readonly page: FinalPage; readonly answered: boolean }> {
  const cookies = new Map<string, string>()
  let step = first
  let answered = false
  let responded = false
  for (let steps = 0; steps < mostSteps; steps++) {
    const page = await fetchPage(step, cookies, answer.caFile)
    const location = page.status >= 300 && page.status < 400 ? page.location : undefined
    if (location !== undefined) {
      step = redirected(step, page.status, location)
      continue
    }
    const html = page.status >= 200 && page.status <= 299 ? page.body : ''
    const consent: HtmlForm | undefined = answered ? undefined : consentForm(html)
    const response: HtmlForm | undefined = consent !== undefined || responded ? undefined : responseForm(html)
    if (consent !== undefined) step = filledIn(step.url, consent, consentValues(consent, answer))
    else if (response !== undefined) step = filledIn(step.url, response, hiddenValues(response))
    else return { page: { status: page.status, url: step.url.href, body: page.body }, answered }
    answered ||= consent !== undefined
    responded ||= response !== undefined
  }
  throw new Error(`more than ${mostSteps} redirects from ${first.url.origin}`)
}

interface Step {
  readonly url: URL
  readonly method: string
  readonly body: string | undefined
}

interface FetchedPage {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

/** Mutable: the cookies that a server sets are added under its host. */
async function fetchPage(step: Step, cookies: Map<string, string>, caFile: string | undefined): Promise<FetchedPage> {
  const { url, method, body } = step
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`cannot open ${url.protocol} addresses`)
  const transport = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http
  const cookie = cookies.get(url.host)
  return await new Promise((resolve, reject) => {
    const request = transport.request(url, {
      method,
      agent: false,
      ...(caFile !== undefined && {
        ca: [...process.getBuiltinModule('node:tls').rootCertificates, readFileSync(caFile)],
      }),
      headers: {
        accept: 'text/html,application/xhtml+xml',
        'user-agent': 'gsa-http-browser',
        ...(cookie && { cookie }),
        ...(body !== undefined && {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
        }),
      },
    })
    const timer = setTimeout(() => request.destroy(new Error(`${url.origin} did not respond in time`)), timeLimitMs)
    request.on('close', () => clearTimeout(timer))
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve({ status: 0, location: undefined, body: '' })
      else reject(error)
    })
    request.on('response', (response: IncomingMessage) => {
      keepCookies(cookies, url.host, response.headers['set-cookie'] ?? [])
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { location } = response.headers
        resolve({ status: response.statusCode ?? 0, location, body: Buffer.concat(chunks).toString() })
      })
    })
    request.end(body)
  })
}

/** Mutable: the cookies of a response are added. */
function keepCookies(cookies: Map<string, string>, host: string, received: readonly string[]): void {
  const jar = new Map((cookies.get(host) ?? '').split('; ').map((pair) => [pair.split('=', 1)[0] ?? '', pair]))
  jar.delete('')
  for (const line of received) {
    const pair = line.split(';', 1)[0] ?? ''
    jar.set(pair.split('=', 1)[0] ?? '', pair)
  }
  if (jar.size > 0) cookies.set(host, [...jar.values()].join('; '))
}

/** Follows RFC 9110 section 15.4: 307 and 308 repeat the request; any other status turns it into a GET. */
function redirected(step: Step, status: number, location: string): Step {
  const url = new URL(location, step.url)
  return status === 307 || status === 308 ? { ...step, url } : { url, method: 'GET', body: undefined }
}

function filledIn(pageUrl: URL, form: HtmlForm, data: URLSearchParams): Step {
  const url = new URL(form.action || pageUrl.href, pageUrl)
  if (form.method === 'post') return { url, method: 'POST', body: data.toString() }
  url.search = data.toString()
  return { url, method: 'GET', body: undefined }
}
