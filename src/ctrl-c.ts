import type { Interruption } from './http/interruption.ts'

// SIGHUP: the terminal was closed, which is no reason to lose a token that is on its way.
const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What a shell makes of a program that SIGINT ended. */
export const interruptedExit = 130

/** How a run heeds Ctrl-C, and what else asks a process to end. */
export interface SignalHandling {
  readonly listen: () => void
  /** Leaves signals to the system, which ends the process. */
  readonly ignore: () => void
  /** Ends the process as SIGINT does, whatever it waits for. */
  readonly endAtOnce: () => void
}

/**
 * Interrupts a run at the first signal, which lets what must not be left half done come to its end; the second one does
 * not wait for it. `letGo` gives back the terminal before the process ends.
 */
export function heedSignals(interruption: Interruption, isJson: boolean, letGo: () => void): SignalHandling {
  const { stderr, platform } = process
  let signals = 0
  const onSignal = (): void => {
    signals++
    if (signals > 1) {
      if (interruption.isDeferring()) stderr.write(halfDone(isJson))
      endAtOnce()
    }
    interruption.interrupt()
    // With --json, the document of a failure is all that a script finds there.
    if (interruption.isDeferring() && !isJson)
      stderr.write('Finishing what must not be left half done. Press Ctrl-C again to stop at once.\n')
  }
  const ignore = (): void => names.forEach((name) => process.off(name, onSignal))
  const endAtOnce = (): void => {
    letGo()
    if (platform === 'win32') process.exit(interruptedExit)
    // exit() would wait for a thread that waits for the keychain. A shell makes 130 of the signal.
    ignore()
    process.kill(process.pid, 'SIGINT')
  }
  return { listen: () => names.forEach((name) => process.on(name, onSignal)), ignore, endAtOnce }
}

/** What is said of a run that a second signal ends in the middle: as text, or as the document of a failure. */
function halfDone(isJson: boolean): string {
  const cause = 'Interrupted. If a code was being sent, it may have been used; a new one is needed.'
  const fix = 'Run the command again.'
  const details = { codeState: 'unknown' }
  const error = { code: 'interrupted', message: cause, cause, fix, exitCode: interruptedExit, details }
  return isJson ? `${JSON.stringify({ error })}\n` : `${cause}\n`
}
