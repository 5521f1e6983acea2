import { type ChildProcess, spawn } from 'node:child_process'
import { lchownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The reason why a test with a second user on this machine cannot run, or undefined if it can. */
export const noOtherUser =
  process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'needs root on Linux, to be two users'

/** Runs a script as another user, and returns its first line. The script is stopped with the test. */
export async function asOtherUser(script: string): Promise<string> {
  const child = spawn(process.execPath, ['-e', script], {
    uid: 65_534,
    gid: 65_534,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return firstLine(child)
}

async function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('error', reject)
    child.once('close', () => reject(new Error(`ended after "${text}"`)))
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
}

/** Does something in this process as another user, which requires root. First gives that user the folder's content. */
export async function asUser<T>(uid: number, folder: string, work: () => Promise<T>): Promise<T> {
  for (const name of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    lchownSync(join(folder, name), uid, uid)
  process.setegid?.(uid)
  process.seteuid?.(uid)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
}
