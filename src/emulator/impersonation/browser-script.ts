import type { spawn as spawnType } from 'node:child_process'
import type { BrowserCommand } from './browser-programs.ts'

/** The data of the script. */
interface Opening {
  readonly hosts: readonly string[]
  /** Where a browser finds the emulator. */
  readonly address: string
  readonly autoConsent: boolean
  /** The commands that each name stands for, in the order to try them. */
  readonly programs: Readonly<Record<string, readonly BrowserCommand[]>>
  /** The first words of a command that runs Node.js. */
  readonly node: readonly string[]
  /** BROWSER outside the impersonation, if any. */
  readonly browser?: string | undefined
}

/**
 * Returns a script for Node.js that stands in for `xdg-open`, `open` and BROWSER: a browser does not use the proxy, so
 * it gets the emulator's own address instead of Google's. With automatic consent, the script signs in by itself.
 */
export function browserScript(opening: Opening): string {
  const given = ['process.argv.slice(2)', 'require', JSON.stringify(opening), followRedirects.toString()]
  return `void (${openElsewhere.toString()})(${given.join(', ')})\n`
}

/** Runs in another process: it can use nothing but its arguments. The first one is the name that it was called by. */
async function openElsewhere(
  [name = '', ...args]: readonly string[],
  load: NodeJS.Require,
  { hosts, address, autoConsent, programs, node, browser }: Opening,
  follow: typeof followRedirects,
): Promise<void> {
  const { spawn } = load('node:child_process') as { readonly spawn: typeof spawnType }
  const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)
  const isGoogles = (url: URL): boolean => hosts.includes(url.hostname)
  const isLocal = (url: URL): boolean => /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)
  const waitMs = 2000
  const opened: string[] = []
  for (const text of args) {
    let url = urlOf(text)
    if (url !== undefined && isLocal(url) && !autoConsent) {
      // Many programs open an address of their own, which redirects to Google. Others do not serve it yet.
      const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(waitMs) }).catch(
        () => undefined,
      )
      const next = urlOf(answer?.headers.get('location') ?? '')
      if (next !== undefined && isGoogles(next)) url = next
    }
    if (autoConsent && url !== undefined && (isLocal(url) || isGoogles(url))) {
      const problem = await follow(url, isGoogles, spawn, node)
      if (problem !== '') {
        process.stderr.write(`gsa emulator: ${problem}\n`)
        process.exitCode = 1
      }
      return
    }
    opened.push(url !== undefined && isGoogles(url) ? `${address}${url.pathname}${url.search}` : text)
  }
  let problem = 'no browser was found'
  // As xdg-open and Python do: the next one if one fails, and none is waited for that is in the background.
  for (const [program = '', ...words] of programs[name] ?? []) {
    const isBackground = words.at(-1) === '&'
    const first = isBackground ? words.slice(0, -1) : words
    const filled = first.map((word) => word.replaceAll('%s', () => opened.join(' ')))
    const last = first.some((word) => word.includes('%s')) ? [] : opened
    // xdg-open starts BROWSER, which is this script.
    const env = { ...process.env, BROWSER: browser }
    const child = spawn(program, [...filled, ...last], { stdio: 'inherit', detached: isBackground, env })
    if (isBackground) child.unref()
    const ended = await new Promise<string>((resolve) => {
      child.on('error', ({ message }) => resolve(message))
      child.on('exit', (code) => resolve(code === 0 ? '' : `${program} ended with status ${code ?? 'unknown'}`))
      if (isBackground) child.on('spawn', () => resolve(''))
    })
    if (ended === '') return
    problem = ended
  }
  process.stderr.write(`gsa emulator: ${problem}; open ${opened.join(' ')}\n`)
  process.exitCode = 1
}

/**
 * Follows redirects through Google's page, and lets another process visit the redirect URI: a program may wait for this
 * one before it responds there, as those that use Python's webbrowser do. Returns why nobody was signed in, or ''.
 */
async function followRedirects(
  start: URL,
  isGoogles: (url: URL) => boolean,
  spawn: typeof spawnType,
  [program = '', ...words]: readonly string[],
): Promise<string> {
  const [most, waitMs] = [20, 2000]
  let [url, wasAtGoogle] = [start, false]
  for (let count = 0; count < most && (isGoogles(url) || !wasAtGoogle); count++) {
    const isAtGoogle = isGoogles(url)
    // This process uses the proxy, too: Google's addresses are the emulator.
    const signal = isAtGoogle ? null : AbortSignal.timeout(waitMs)
    const answer = await fetch(url, { redirect: 'manual', signal }).catch((error: Error) => error)
    if (answer instanceof Error) {
      if (answer.name === 'TimeoutError') break
      const { cause } = answer
      return `${url.href} does not respond (${cause instanceof Error ? cause.message : ''})`
    }
    const location = answer.headers.get('location')
    if (location === null) return isAtGoogle ? `nobody was signed in: ${url.href}` : ''
    wasAtGoogle ||= isAtGoogle
    url = new URL(location, url)
  }
  const visit = `fetch(process.argv[1], { signal: AbortSignal.timeout(60_000) }).catch(({ cause }) =>
    process.stderr.write('gsa emulator: ' + process.argv[1] + ' does not respond (' + cause?.message + ')\\n'))`
  spawn(program, [...words, '-e', visit, url.href], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  }).unref()
  return ''
}
