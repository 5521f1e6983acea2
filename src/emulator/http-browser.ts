import type { IncomingMessage } from 'node:http'
import { parseForms } from './html-form.ts'
import type { FormField, HtmlForm } from './html-form.ts'

const http = process.getBuiltinModule('node:http')

/** What the user does on the consent page. */
export interface ConsentAnswer {
  /** E-mail address or `sub` of the account to pick; default the one that is preselected, else the first. */
  account?: string
  /** Scopes to tick, by full or short name; default all. */
  scopes?: readonly string[]
  /** The button to press; default `allow`. */
  decision?: 'allow' | 'deny'
  /** Gives access for 180 days only. */
  limitedAccess?: boolean
}

/** The page where the browser ends. `status` 0 means that nobody listened at `url`. */
export interface FinalPage {
  status: number
  url: string
  body: string
}

const mostSteps = 25
const timeLimitMs = 30_000

/**
 * Goes through an authorization in place of a person: opens the URL, follows redirects, answers the consent form if there is one, and ends at
 * the page behind the last redirect, usually the app's own. Plain HTTP, cookies for the way, no scripts.
 *
 * @throws Error when the form has no such account, scope or button, when redirects do not end, or when a server does not answer in 30 s.
 */
export async function answerConsent(authorizationUrl: string, answer: ConsentAnswer = {}): Promise<FinalPage> {
  return (await walk({ url: new URL(authorizationUrl), method: 'GET', body: undefined }, answer)).page
}

/**
 * Answers the device page of the emulator at `emulatorIssuer` in place of the person who reads `userCode` off a device.
 *
 * @throws Error as {@link answerConsent} does, and when the page does not take the code.
 */
export async function answerDevice(
  emulatorIssuer: string,
  userCode: string,
  answer: ConsentAnswer = {},
): Promise<FinalPage> {
  const body = new URLSearchParams({ user_code: userCode }).toString()
  const { page, answered } = await walk({ url: new URL('/device', emulatorIssuer), method: 'POST', body }, answer)
  if (!answered) throw new Error(`the device page does not take the code ${userCode}`)
  return page
}

async function walk(first: Step, answer: ConsentAnswer): Promise<{ page: FinalPage; answered: boolean }> {
  const cookies = new Map<string, string>()
  let step = first
  let answered = false
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const page = await fetchPage(step, cookies)
    const location = page.status >= 300 && page.status < 400 ? page.location : undefined
    if (location !== undefined) {
      step = redirected(step, page.status, location)
      continue
    }
    const form = answered ? undefined : consentForm(page)
    if (!form) return { page: { status: page.status, url: step.url.href, body: page.body }, answered }
    answered = true
    step = submission(step.url, form, answer)
  }
  throw new Error(`more than ${mostSteps} redirects from ${first.url.origin}`)
}

interface Step {
  url: URL
  method: string
  body: string | undefined
}

interface FetchedPage {
  status: number
  location: string | undefined
  body: string
}

async function fetchPage(step: Step, cookies: Map<string, string>): Promise<FetchedPage> {
  const { url, method, body } = step
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`cannot open ${url.protocol} addresses`)
  const transport = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http
  const cookie = cookies.get(url.host)
  return await new Promise((resolve, reject) => {
    const request = transport.request(url, {
      method,
      agent: false,
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
    const timer = setTimeout(() => request.destroy(new Error(`${url.origin} did not answer in time`)), timeLimitMs)
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

function keepCookies(cookies: Map<string, string>, host: string, received: string[]): void {
  const jar = new Map((cookies.get(host) ?? '').split('; ').map((pair) => [pair.split('=', 1)[0] ?? '', pair]))
  jar.delete('')
  for (const line of received) {
    const pair = line.split(';', 1)[0] ?? ''
    jar.set(pair.split('=', 1)[0] ?? '', pair)
  }
  if (jar.size > 0) cookies.set(host, [...jar.values()].join('; '))
}

/** RFC 9110 section 15.4: 307 and 308 repeat the request, everything else becomes a GET. */
function redirected(step: Step, status: number, location: string): Step {
  const url = new URL(location, step.url)
  return status === 307 || status === 308 ? { ...step, url } : { url, method: 'GET', body: undefined }
}

/** The form with a `decision` button on a good HTML page. */
function consentForm(page: FetchedPage): HtmlForm | undefined {
  if (page.status < 200 || page.status > 299) return undefined
  return parseForms(page.body).find((form) => form.fields.some((field) => field.name === 'decision'))
}

function submission(pageUrl: URL, form: HtmlForm, answer: ConsentAnswer): Step {
  const decision = answer.decision ?? 'allow'
  const button = form.fields.find((field) => field.name === 'decision' && field.value === decision)
  if (!button) throw new Error(`the consent form has no button "${decision}"`)
  const account = chosenAccount(form.fields, answer.account)
  const ticked = tickedScopes(form.fields, answer.scopes)
  const data = new URLSearchParams()
  for (const field of form.fields) {
    const { name, type } = field
    const choice = type === 'radio' || type === 'option'
    const sent =
      name === 'account' && choice
        ? field === account
        : name === 'scope' && type === 'checkbox'
          ? ticked.has(field)
          : name === 'duration' && choice
            ? (field.value === 'limited') === (answer.limitedAccess ?? false)
            : type === 'submit' || type === 'button'
              ? field === button
              : choice || type === 'checkbox'
                ? field.checked
                : true
    if (sent && name !== '') data.append(name, field.value)
  }
  const url = new URL(form.action || pageUrl.href, pageUrl)
  if (form.method === 'post') return { url, method: 'POST', body: data.toString() }
  url.search = data.toString()
  return { url, method: 'GET', body: undefined }
}

function chosenAccount(fields: FormField[], wanted: string | undefined): FormField | undefined {
  const choices = fields.filter((field) => field.name === 'account' && ['radio', 'option'].includes(field.type))
  if (wanted === undefined) return choices.find((choice) => choice.checked) ?? choices[0]
  const found = choices.find(({ value, attributes }) => value === wanted || attributes.get('data-sub') === wanted)
  if (!found && choices.length > 0) throw new Error(`the consent form does not offer the account ${wanted}`)
  return found
}

function tickedScopes(fields: FormField[], wanted: readonly string[] | undefined): Set<FormField> {
  const boxes = fields.filter((field) => field.name === 'scope' && field.type === 'checkbox')
  if (!wanted) return new Set(boxes)
  return new Set(
    wanted.map((scope) => {
      const box = boxes.find(
        ({ value, attributes }) =>
          value === scope || attributes.get('data-alias') === scope || value.endsWith(`/auth/${scope}`),
      )
      if (!box) throw new Error(`the consent form does not offer the scope ${scope}`)
      return box
    }),
  )
}
