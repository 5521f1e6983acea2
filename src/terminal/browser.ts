import type { ChildProcess } from 'node:child_process'
import type { Environment } from './surroundings.ts'

/** How to open the browser. */
export interface BrowserChoice {
  /** A command that gets the URL as its last argument; words are split at spaces, and no shell sees them. */
  readonly command: string | undefined
  readonly env: Environment
  /** Told, in a few words, when no browser could be opened. */
  readonly onFailure: (problem: string) => void
}

/** Opens a URL in the browser of the user and returns at once. A failure is only reported: the URL was printed as well. */
export function openBrowser(url: URL, choice: BrowserChoice): void {
  void watch(url, choice).catch((error: unknown) =>
    choice.onFailure(error instanceof Error ? error.message : String(error)),
  )
}

async function watch(url: URL, choice: BrowserChoice): Promise<void> {
  const child = await launch(url, choice)
  child.once('error', (error) => choice.onFailure(error.message))
  // xdg-open starts without a browser, too, and says so only when it ends.
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) choice.onFailure(`${child.spawnfile} ended with status ${code}`)
  })
}

async function launch(url: URL, { command, env }: BrowserChoice): Promise<ChildProcess> {
  const [program, ...args] = (command ?? '').split(' ').filter((word) => word !== '')
  if (program !== undefined) {
    const { spawn } = await import('node:child_process')
    const child = spawn(program, [...args, url.href], { stdio: 'ignore', detached: true, env: { ...env } })
    child.unref()
    return child
  }
  const { default: open } = await import('open')
  return open(url.href)
}
