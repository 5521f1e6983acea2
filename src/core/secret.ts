import { inspect } from 'node:util'

/**
 * Returns a text without these secrets, plain or percent-encoded: a server may echo what it was sent. Very short
 * secrets stay, because they occur in any text.
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
 * A string that must not be shown: an authorization code, code verifier, client secret, access, refresh or ID token, or
 * passphrase. It prints as `[redacted]` wherever it is printed by accident: template strings, JSON, `util.inspect`,
 * error messages. Call `reveal()` only where the value goes to the server or the store, or where a command's purpose is
 * to print it.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** Returns the value itself. */
  reveal(): string {
    return this.#value
  }

  /** Returns whether both hold the same value. */
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
