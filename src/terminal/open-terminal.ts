import { closeSync, openSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import type { Terminal } from './surroundings.ts'

/** An open terminal, to be closed. */
export interface OpenTerminal extends Terminal {
  readonly input: ReadStream
  readonly close: () => void
}

/**
 * Opens the terminal that this process belongs to. Returns undefined if it has none, as in CI, cron or a service.
 */
export function openTerminal(platform: NodeJS.Platform): OpenTerminal | undefined {
  const [input, output] =
    platform === 'win32' ? (['\\\\.\\CONIN$', '\\\\.\\CONOUT$'] as const) : (['/dev/tty', '/dev/tty'] as const)
  const descriptors: number[] = []
  // Loaded late, because it loads node:net, which most runs do not need.
  const { ReadStream, WriteStream } = process.getBuiltinModule('node:tty')
  try {
    for (const path of [input, output]) descriptors.push(openSync(path, 'r+'))
    const [readable = -1, writable = -1] = descriptors
    const streams = { input: lasting(new ReadStream(readable)), output: new WriteStream(writable) }
    // inquirer ends its output stream, but another prompt may follow. The standard streams cannot be ended either.
    streams.output.end = () => streams.output
    return {
      ...streams,
      close() {
        streams.input.setRawMode(false)
        streams.input.destroy()
        streams.output.destroy()
      },
    }
  } catch {
    for (const descriptor of descriptors) closeSync(descriptor)
    return undefined
  }
}

/** Ignores mode changes after the terminal is closed, because they cause an error that cannot be caught. */
function lasting(input: ReadStream): ReadStream {
  const setRawMode = input.setRawMode.bind(input)
  input.setRawMode = (isRaw) => (input.readableEnded || input.destroyed ? input : setRawMode(isRaw))
  return input
}
