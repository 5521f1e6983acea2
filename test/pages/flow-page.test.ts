import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Flow, FlowStep } from '../../src/flows/flow.ts'
import { flowPage } from '../../src/pages/flow-page.ts'
import { durationText, flowStyles } from '../../src/pages/flow-picture.ts'
import { device, loopback, refused, sampleFlows, succeeded } from './sample-flows.ts'

const flows = Object.entries(sampleFlows).map(([name, flow]) => ({ name, flow }))

/** Returns the text of HTML as a reader sees it, in one line. */
function textOf(html: string): string {
  return html
    .replace(/<style>[^]*?<\/style>/g, '')
    .replace(/<(?:wbr|\/?code|\/?strong|\/?a\b)[^>]*>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&middot;', '·')
    .replaceAll('&ndash;', '–')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
}

/** Returns the HTML of a step. */
function stepOf(html: string, number: number): string {
  const [, after = ''] = html.split(`<li class="step" id="step-${number}">`)
  return after.split('<li class="step" id=')[0] ?? ''
}

/** Returns a flow of one step. */
function flowOf(step: Partial<FlowStep>): Flow {
  const [first] = succeeded.steps
  return { ...succeeded, steps: [{ ...first!, fields: [], checks: [], ...step, number: 1 }] }
}

/** Returns a value with each of its texts replaced, except those that only our own code writes. */
function withTexts(value: unknown, text: string, name = ''): unknown {
  if (typeof value === 'string') return ['id', 'from', 'to', 'kind', 'result', 'place'].includes(name) ? value : text
  if (Array.isArray(value)) return value.map((one) => withTexts(one, text))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => [
    key,
    // The kind of a secret comes from a table, but is a text.
    withTexts(one, text, name === 'secret' ? '' : key),
  ])
  return Object.fromEntries(entries)
}

describe('the page of a flow', () => {
  test.for(flows)('loads nothing and runs no script: $name', ({ flow }) => {
    const html = flowPage(flow)
    expect(html).not.toMatch(/<(?:script|img|iframe|object|embed|form|base|svg|video|audio)\b/i)
    expect(html).not.toMatch(/\s(?:on\w+|style|src|srcset)=/i)
    expect(html).not.toMatch(/url\(|@import|@font-face/i)
    const links = [...html.matchAll(/<(\w+)[^>]* href="([^"]*)"([^>]*)>/g)].map(([, tag, href, rest]) => ({
      tag,
      href,
      rest,
    }))
    expect(links.filter(({ tag }) => tag !== 'a').map(({ href }) => href)).toEqual(['data:,'])
    const outside = links.filter(({ tag, href = '' }) => tag === 'a' && !href.startsWith('#'))
    expect(outside.length).toBeGreaterThan(3)
    for (const { href, rest } of outside) {
      expect(href).toMatch(/^https:\/\/(?:www\.rfc-editor\.org|openid\.net|developers\.google\.com)\//)
      expect(rest).toBe(' rel="noreferrer"')
    }
  })

  test('has a policy that allows its own style and nothing else', () => {
    const html = flowPage(refused)
    const [, style = ''] = /<style>([^]*)<\/style>/.exec(html) ?? []
    const [, policy] = /http-equiv="content-security-policy" content="([^"]*)"/.exec(html) ?? []
    const hash = createHash('sha256').update(style).digest('base64')
    expect(policy).toBe(
      `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    )
    expect(html.indexOf('content-security-policy')).toBeLessThan(html.indexOf('<style>'))
    expect(flowStyles).toMatch(/^[\n -~]+$/)
  })

  test.for(flows)('leads from the overview and the outcome to each step: $name', ({ flow }) => {
    const html = flowPage(flow)
    const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const targets = [...html.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id)
    expect(targets.filter((id) => !ids.includes(id))).toEqual([])
    for (const { number } of flow.steps) expect(targets).toContain(`step-${number}`)
  })

  test('shows no markup of a server, and makes characters that hide or reverse text visible', () => {
    const hostile = `"'><img src=x onerror=alert(1)><script>alert(2)</script>&amp;</style>\u202E\u200B\u0000\uD800`
    for (const flow of [refused, loopback, device]) {
      const html = flowPage(withTexts(flow, hostile) as Flow)
      expect(html).not.toMatch(/<img|<script|[\u202E\u200B\0\uD800]/)
      expect(html.split('</style>')).toHaveLength(2)
      expect(html).toContain(String.raw`onerror=alert(1)&gt;`)
      expect(html).toContain(String.raw`\u202e\u200b\u0000\ud800`)
      expect(html.replace(/<style>[^]*<\/style>/, '').replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]/)
    }
  })

  test.for(['javascript:alert(1)', 'data:text/html,x', '//other.example', 'http://other.example'])(
    'links to no address such as %s',
    (url) => {
      const html = flowPage(flowOf({ specifications: [{ name: 'RFC 1', url }] }))
      expect(html).not.toContain(url)
      expect(textOf(html)).toContain('More: RFC 1')
    },
  )

  test('says where a flow stopped, why, and what to do', () => {
    const html = flowPage(refused)
    const text = textOf(html)
    expect(text).toContain('Stopped at step 7: Google rejected the redirect URI.')
    expect(text).toContain('to do: Get a new code, because this one may be used up.')
    expect(text).toContain('Failure code redirect_uri_mismatch, exit code 4')
    expect(html).toContain('<a href="#step-7">Stopped at step 7</a>')
    expect(html).toContain('<a class="skip" href="#step-7">Skip to step 7</a>')
    expect(textOf(stepOf(html, 7))).toContain('7. Error response Stopped here Google to gsa · at 120 ms · took 96 ms')
    expect(stepOf(html, 6)).not.toContain('Stopped here')
    expect(html).toContain('<title>gsa exchange: redirect_uri_mismatch</title>')
  })

  test('says how a flow ended before it says what the flow is for', () => {
    const text = textOf(flowPage(refused))
    expect(text.indexOf('Stopped at step 7')).toBeLessThan(text.indexOf(refused.purpose))
    expect(text.indexOf(refused.purpose)).toBeLessThan(text.indexOf('At a glance'))
  })

  test('says in the overview when each step happened', () => {
    expect(textOf(flowPage(refused))).toContain('7. Error response at 120 ms Stopped here')
  })

  test('names a status as one of HTTP', () => {
    expect(stepOf(flowPage(flowOf({ line: '503' })), 1)).toContain('<code>HTTP 503</code>')
  })

  test.for([
    ['POST https://server.example/token', 'POST /token'],
    ['GET https://server.example/.well-known/openid-configuration', '/openid-confi\u2026'],
    ['POST https://server.example/device/code', '/device/code'],
  ])('labels the arrow of %s in one line', ([line = '', label = '']) => {
    const [from, to] = succeeded.parties.slice(0, 2).map(({ id }) => id)
    const html = flowPage(flowOf({ kind: 'request', line, from: from!, to: to! }))
    expect(stepOf(html, 1)).toContain(`<span>${label}</span></div>`)
  })

  test('counts the members of a discovery document that it leaves out, below the others', () => {
    const fields = [
      { name: 'issuer', place: 'body', value: 'https://server.example', meaning: 'The name of the server.' },
      { name: 'claims_supported', place: 'body', value: 'sub' },
      { name: 'date', place: 'header', value: 'now', meaning: 'The clock.' },
    ] as const
    const text = textOf(flowPage(flowOf({ name: 'discovery-response', fields })))
    expect(text).toMatch(/The name of the server\. And 1 other value\. Headers date now/)
    expect(text).not.toContain('claims_supported')
  })

  test('says that a flow succeeded, and marks no step', () => {
    const html = flowPage(succeeded)
    expect(textOf(html)).toContain('Succeeded: Logged in as ada@example.com.')
    expect(html).not.toMatch(/Stopped|Failure code/)
    expect(html).toContain('href="#steps">Skip to the steps')
  })

  test('keeps the lines of what to do', () => {
    const html = flowPage({ ...refused, outcome: { ...refused.outcome, fix: 'One.\nTwo.' } })
    expect(html).toContain('One.\nTwo.')
  })

  test('describes a secret by its kind and length, and shows that a value is empty', () => {
    const fields = [
      { name: 'code', place: 'form', secret: { kind: 'authorization code', length: 73 }, meaning: 'Works once.' },
      { name: 'x', place: 'form', secret: { kind: 'x', length: 1 } },
      { name: 'redirect_uri', place: 'form', value: '' },
      { name: 'location', place: 'header', value: 'https://app.example/cb' },
    ] as const
    const text = textOf(flowPage(flowOf({ fields })))
    expect(text).toContain('In the form code [authorization code, 73 characters] Works once. x [x, 1 character]')
    expect(text).toContain('redirect_uri empty Headers location https://app.example/cb')
  })

  test('shows the claims of an ID token below it', () => {
    const step = stepOf(flowPage(succeeded), 7)
    expect(step).toMatch(/<code>id_<wbr>token<\/code><\/dt>.*?<dd class="in"><dl><div><dt><code>alg<\/code>/s)
    expect(textOf(step)).toContain("sub 110169484474386276334 The account's key. It never changes.")
  })

  test('says in words which checks passed, failed or were not made', () => {
    const text = textOf(stepOf(flowPage(refused), 7))
    expect(text).toContain('✗ failed The redirect URI equals the one of the request Sent: empty.')
    expect(text).toContain('✓ passed The client secret is right')
    expect(textOf(stepOf(flowPage(succeeded), 8))).toContain('– not checked nonce is the one that was sent')
    expect(textOf(stepOf(flowPage(loopback), 4))).toContain('state is the one that was sent RFC 6749 section 10.12')
  })

  test('names the parties of each arrow in words, and draws it in its direction', () => {
    const html = flowPage(loopback)
    expect(stepOf(html, 4)).toMatch(/<div class="arrow w1 a1 ?">/)
    expect(textOf(stepOf(html, 4))).toContain('Browser to gsa · at 9.4 s')
    expect(stepOf(html, 3)).toMatch(/<div class="arrow w2 a1 unseen">/)
    expect(textOf(stepOf(html, 3))).toContain('Not seen Browser to Google (emulator)')
    expect(stepOf(html, 8)).toMatch(/<div class="arrow w1 a2 +back">/)
    expect(stepOf(html, 9)).toMatch(/<div class="box a2 ?">/)
    expect(textOf(stepOf(html, 9))).toContain('Inside gsa')
    expect(html.match(/<ul class="lanes"[^]*?<\/ul>/)?.[0].match(/<li>/g)).toHaveLength(4)
  })

  test('marks faults of the emulator and repeated steps', () => {
    expect(textOf(stepOf(flowPage(loopback), 6))).toContain('6. Error response Error Fault: http-503')
    const text = textOf(stepOf(flowPage(device), 5))
    expect(text).toContain('361 times')
    expect(text).toContain('repeated with the next step, 361 times in all')
    expect(textOf(flowPage(device))).toContain('Not finished at step 6: The user code expired')
  })

  test('explains only the signs that it uses', () => {
    expect(textOf(flowPage(loopback))).toContain('An error that the emulator was told to make.')
    const text = textOf(flowPage(flowOf({ kind: 'message' })))
    expect(text).toContain('A message from one party to another.')
    expect(text).not.toMatch(/Work inside|told to make|could not see/)
    expect(text).toContain('This page contains no secrets')
  })
})

test.for([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1000, '1 s'],
  [1249, '1.2 s'],
  [9_960, '10 s'],
  [95_400, '95 s'],
  [200_000, '3 min 20 s'],
  [18_180_000, '5 h 3 min'],
  [604_800_000, '7 days'],
] as const)('%d milliseconds are written as %s', ([ms, text]) => {
  expect(durationText(ms)).toBe(text)
})
