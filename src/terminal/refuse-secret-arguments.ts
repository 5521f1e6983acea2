import type { Command } from 'commander'
import { refuseSecret } from '../failures/index.ts'

// Arguments and options that may contain a secret. For gsa api, only the API's reference knows which fields do.
const takesSecrets: Readonly<Record<string, readonly string[]>> = {
  'gsa exchange': ['code'],
  'gsa id-token verify': ['token'],
  'gsa explain': ['text'],
  'gsa login': ['finish'],
  'gsa api': ['field', 'rawField', 'header'],
}

/**
 * Refuses a Google secret in an option or argument with another purpose, which would send, store or print it.
 * @throws Failure `secret_misplaced`
 */
export function refuseMisplacedSecrets(command: Command): void {
  const exempt = takesSecrets[nameOf(command)] ?? []
  for (const [name, value] of Object.entries(command.optsWithGlobals<Record<string, unknown>>()))
    if (!exempt.includes(name))
      refuseSecrets(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value)
  for (const [at, value] of command.processedArgs.entries()) {
    const name = command.registeredArguments[at]?.name() ?? ''
    if (!exempt.includes(name)) refuseSecrets(name.toUpperCase(), value)
  }
}

function refuseSecrets(where: string, value: unknown): void {
  for (const one of [value].flat()) if (typeof one === 'string') refuseSecret(where, one)
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}
