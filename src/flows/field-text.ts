import type { FlowField } from './flow.ts'

/** Returns a field's value as text; a secret by its kind and length. */
export function fieldText({ value, secret }: Pick<FlowField, 'value' | 'secret'>): string {
  const hidden =
    secret === undefined
      ? undefined
      : `[${secret.kind}, ${secret.length} ${secret.length === 1 ? 'character' : 'characters'}]`
  return [value, hidden].filter((part) => part !== undefined).join(' ')
}
