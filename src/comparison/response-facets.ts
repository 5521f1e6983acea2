import type { HttpResponse } from '../http/request.ts'
import { formOfNamed, formOfText, type Reading } from './forms.ts'
import { addJson, type Facets, orderOf } from './json-facets.ts'

// Headers that differ from one response to the next, or that belong to the connection, not to the API.
const ignoredHeaders = new Set(
  'age,alt-svc,connection,content-security-policy,content-security-policy-report-only,date,keep-alive,nel,p3p,report-to,reporting-endpoints,server-timing,set-cookie,strict-transport-security,transfer-encoding,via,x-cloud-trace-context'.split(
    ',',
  ),
)

/** Returns everything that is compared of a response, without what belongs to one server, account or moment. */
export function responseFacets(response: HttpResponse, reading: Omit<Reading, 'receivedAt'>): Facets {
  const { status, headers, body } = response
  const receivedAt = Math.round((Date.parse(headers.date ?? '') || Date.now()) / 1000)
  const whole: Reading = { ...reading, receivedAt }
  const facets: Facets = new Map([['status', String(status)]])
  for (const [name, value] of Object.entries(headers)) {
    if (ignoredHeaders.has(name) || value === undefined) continue
    if (name === 'location') addLocation(facets, String(value), whole)
    else if (name !== 'content-length' || value === '0')
      facets.set(`header ${name}`, formOfHeader(name, String(value), whole))
  }
  addBody(facets, body.toString('utf8'), headers['content-type'] ?? '', whole)
  return facets
}

function formOfHeader(name: string, value: string, reading: Reading): string {
  if (name === 'vary') return [...new Set(value.toLowerCase().split(/\s*,\s*/))].toSorted().join(', ')
  if (name === 'cache-control') return value.replace(/=[1-9]\d*/g, '=<seconds>')
  if (name === 'etag') return '<etag>'
  if (name === 'retry-after') return '<seconds or date>'
  if (name !== 'expires') return formOfText(value, reading)
  const time = Date.parse(value) / 1000
  if (Number.isNaN(time) || value.includes(' 1990 ')) return value
  return Math.abs(time - reading.receivedAt) <= 2 ? '<the date of the response>' : '<another date>'
}

/** Adds the address of a redirect, and each of its parameters. */
function addLocation(facets: Facets, location: string, reading: Reading): void {
  const [, path = '', query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(location) ?? []
  facets.set('location', `${formOfText(path, reading)}${fragment === undefined ? '' : '#…'}`)
  const parameters = new URLSearchParams([query, fragment].filter(Boolean).join('&'))
  for (const [name, value] of parameters)
    facets.set(
      `location ${formOfText(name, reading)}`,
      JSON.stringify(name === 'authError' ? textsIn(value) : formOfNamed(name, value, reading)),
    )
  facets.set(`${orderOf}location`, JSON.stringify([...parameters.keys()].map((name) => formOfText(name, reading))))

  function textsIn(encoded: string): readonly string[] {
    const bytes = Buffer.from(encoded, 'base64').toString('latin1')
    return (bytes.match(/[\n -~\x80-\xff]{3,}/g) ?? []).map((text) => formOfText(text, reading))
  }
}

function addBody(facets: Facets, text: string, type: string, reading: Reading): void {
  const json = text === '' ? undefined : jsonOf(text)
  if (text === '') facets.set('body', 'empty')
  else if (json !== undefined) addJson(facets, text, json, reading)
  else if (/html/i.test(type)) {
    facets.set('title', JSON.stringify(formOfText(visible(/<title>([^]*?)<\/title>/i.exec(text)?.[1] ?? ''), reading)))
    facets.set('words', JSON.stringify(formOfText(visible(text), reading)))
  } else facets.set('body', JSON.stringify(formOfText(text, reading)))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Returns the words of a page that its reader sees. */
function visible(html: string): string {
  return html
    .replace(/<!--[^]*?-->|<(script|style|title)\b[^]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;|&rsquo;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()
}
