import type { spawn as spawnType } from 'node:child_process'

/** The data of the script. */
interface Opening {
  readonly hosts: readonly string[]
  /** Where a browser finds the emulator. */
  readonly address: string
  readonly autoConsent: boolean
}

/**
 * Returns a script for Node.js that stands in for `xdg-open`, `open` and BROWSER: a browser does not use the proxy, so
 * it gets the emulator's own address instead of Google's. With automatic consent, the script signs in by itself.
 */
export function browserScript(opening: Opening): string {
  return `void (${openElsewhere.toString()})(process.argv.slice(2), require, ${JSON.stringify(opening)})\n`
}

/** Runs in another process: it can use nothing but its arguments. The first one is the program that it replaces. */
async function openElsewhere(
  [program = '', ...args]: readonly string[],
  load: NodeJS.Require,
  { hosts, address, autoConsent }: Opening,
): Promise<void> {
  const { spawn } = load('node:child_process') as { readonly spawn: typeof spawnType }
  const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)
  const isGoogles = (url: URL): boolean => hosts.includes(url.hostname)
  const isLocal = (url: URL): boolean => /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)
  const opened: string[] = []
  for (const text of args) {
    let url = urlOf(text)
    if (url !== undefined && isLocal(url) && !autoConsent) {
      // Many programs open an address of their own, which redirects to Google.
      const { headers } = await fetch(url, { redirect: 'manual' })
      const next = urlOf(headers.get('location') ?? '')
      if (next !== undefined && isGoogles(next)) url = next
    }
    if (autoConsent && url !== undefined && (isLocal(url) || isGoogles(url))) {
      // This process uses the proxy, too: redirects lead to the emulator, and then to the program.
      await fetch(url)
      return
    }
    opened.push(url !== undefined && isGoogles(url) ? `${address}${url.pathname}${url.search}` : text)
  }
  const fail = (): void => {
    process.exitCode = 1
  }
  const child = spawn(program, opened, { stdio: 'inherit' })
  child.on('error', fail).on('exit', (code) => {
    if (code !== 0) fail()
  })
}
