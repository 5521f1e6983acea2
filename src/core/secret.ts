import { inspect } from 'node:util'

/**
 * A text in which these secrets do not show, as they are or percent-encoded: a server may repeat what it was sent. Very
 * short ones are left, because they would be found in anything.
 */
export function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  let left = text
  for (const secret of secrets) {
    const value = secret.reveal()
    if (value.length < 8) continue
    for (const form of [value, encodeURIComponent(value)]) left = left.replaceAll(form, '[redacted]')
  }
  return left
}

/**
 * A string that must not be seen: authorization code, code verifier, client secret, access, refresh or ID token,
 * passphrase. It prints as `[redacted]` wherever it is printed by accident: template strings, JSON,
 * `util.inspect`, error messages. Call `reveal()` only where the value leaves for the server, the store, or a
 * command whose purpose is to print it.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. */
  reveal(): string {
    return this.#value
  }

  /** Whether both hold the same value. */
  equals(other: Secret): boolean {
    return this.#value === other.#value
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}
