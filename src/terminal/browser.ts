import type { ChildProcess } from 'node:child_process'
import type { Environment } from '../core/environment.ts'
import { browserCommand } from './browser-command.ts'

/** How to open the browser. */
export interface BrowserChoice {
  /** A command that gets the URL as its last argument; no shell sees it. Default: the browser of the system. */
  readonly command: string | undefined
  readonly env: Environment
  readonly platform: NodeJS.Platform
  /** Told, in a few words, when no browser could be opened. */
  readonly onFailure: (problem: string) => void
}

/**
 * Opens a URL in the browser of the user and returns at once. A failure is only reported: the URL was printed as well.
 */
export function openBrowser(url: URL, choice: BrowserChoice): void {
  void watch(url, choice).catch((error: unknown) =>
    choice.onFailure(error instanceof Error ? error.message : String(error)),
  )
}

async function watch(url: URL, choice: BrowserChoice): Promise<void> {
  const child = await launch(url, choice)
  // xdg-open starts without a browser, too, and says so only when it ends.
  const judge = (): void => {
    if (child.exitCode !== null && child.exitCode !== 0)
      choice.onFailure(`${child.spawnfile} ended with status ${child.exitCode}`)
  }
  child.once('error', (error) => choice.onFailure(error.message))
  // On Windows, `open` waits for the end of PowerShell itself.
  if (child.exitCode === null) child.once('exit', judge)
  else judge()
}

async function launch(url: URL, { command, env, platform }: BrowserChoice): Promise<ChildProcess> {
  if (command !== undefined && command.trim() !== '') {
    const { program, args } = browserCommand(command, env, platform)
    const { spawn } = await import('node:child_process')
    const child = spawn(program, [...args, url.href], { stdio: 'ignore', detached: true, env: { ...env } })
    child.unref()
    return child
  }
  const { default: open } = await import('open')
  return open(url.href)
}
