import type { ChildProcess } from 'node:child_process'
import type { Environment } from '../core/environment.ts'
import { browserCommand } from './browser-command.ts'

/** The browser to open, and its environment. */
export interface BrowserChoice {
  /** A command to run with the URL as its last argument, without a shell. Default: the system browser. */
  readonly command: string | undefined
  readonly env: Environment
  readonly platform: NodeJS.Platform
  /** Called with a short reason if no browser could be opened. */
  readonly onFailure: (problem: string) => void
}

/**
 * Opens a URL in the user's browser and returns immediately. A failure is only reported: the URL is also printed.
 */
export function openBrowser(url: URL, choice: BrowserChoice): void {
  void watch(url, choice).catch((error: unknown) =>
    choice.onFailure(error instanceof Error ? error.message : String(error)),
  )
}

async function watch(url: URL, choice: BrowserChoice): Promise<void> {
  const child = await launch(url, choice)
  // xdg-open also starts if there is no browser, and reports that only in its exit code.
  const judge = (): void => {
    if (child.exitCode !== null && child.exitCode !== 0)
      choice.onFailure(`${child.spawnfile} ended with status ${child.exitCode}`)
  }
  child.once('error', (error) => choice.onFailure(error.message))
  // On Windows, `open` itself waits for PowerShell to exit.
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
