/** A release that cannot continue. The message says why and what to do; a stack trace would not help. */
export class Refusal extends Error {}

/** Runs a script: prints the message of a refusal instead of its stack trace, and exits with 1. */
export function runScript(script) {
  try {
    script()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
