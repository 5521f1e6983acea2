import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Server } from 'node:net'
import type { Environment } from '../../core/environment.ts'
import { Failure } from '../../failures/index.ts'
import { namespaceRefusal } from './namespace-refusal.ts'
import { namespaceScript } from './namespace-script.ts'

/** A process that keeps namespaces until a program has entered them. It ends when this process does. */
export interface Holder {
  readonly pid: number
  readonly end: () => Promise<void>
}

/**
 * Starts the script in namespaces made by a command, which begins with the path of `unshare`; `listening` gets each
 * server that listens there, with its port.
 * @throws Failure `namespace_refused` with the reason if the script fails.
 */
export async function startHolder(
  [unshare = '', ...options]: readonly string[],
  args: readonly string[],
  { PATH }: Environment,
  listening: (port: number, server: Server) => void,
): Promise<Holder> {
  // The shell would look for programs in the current folder, too.
  const folders = PATH?.split(':').filter((folder) => folder.startsWith('/'))
  const holder = spawn(unshare, [...options, 'sh', '-c', namespaceScript, 'gsa', ...args], {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    env: { PATH: folders?.join(':') },
  })
  const { stdin, stdout, stderr } = holder as unknown as ChildProcessWithoutNullStreams
  const said: string[] = []
  stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  stdin.on('error', () => undefined)
  holder.on('message', (port, server) => listening(Number(port), server as Server))
  const ended = new Promise<void>((resolve) => {
    holder.once('close', () => resolve())
  })
  const isReady = await Promise.race([
    ended.then(() => false),
    new Promise<boolean>((resolve) => {
      holder.once('error', () => resolve(false))
      stdout.on('data', () => resolve(true))
    }),
  ])
  if (!isReady) throw new Failure('namespace_refused', namespaceRefusal(said.join('')))
  return {
    pid: holder.pid ?? 0,
    end: async () => {
      stdin.end()
      await ended
    },
  }
}
