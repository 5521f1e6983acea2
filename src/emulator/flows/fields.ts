import { withMeanings } from '../../flows/field-meanings.ts'
import type { FlowField } from '../../flows/flow.ts'
import { secretKindOf } from '../../flows/secret-kinds.ts'
import { withoutGsa } from './steps.ts'
import { signInParameter, type SignInRequest } from '../records/sign-ins.ts'

/** Parameters that repeat the authorization request, or are the emulator's own. */
const left = new Set(['request', signInParameter, 'flowName'])

/** Returns what a request carried. */
export function requestFields({ entry, lengths }: SignInRequest): readonly FlowField[] {
  const lengthOf = (name: string): number | undefined => (Object.hasOwn(lengths, name) ? lengths[name] : undefined)
  const parts = [
    ['query', entry.query],
    ['form', entry.form],
  ] as const
  const fields = parts.flatMap(([place, parameters]) =>
    Object.entries(parameters)
      .filter(([name]) => !left.has(name))
      .map(([name, value]) => field(name, value, place, lengthOf(name))),
  )
  const { authorization } = entry
  if (authorization === undefined) return explained(fields)
  const [scheme = ''] = authorization.split(' ', 1)
  const length = (lengthOf('authorization') ?? 0) - scheme.length - 1
  const bearer = /^bearer$/i.test(scheme)
  const secret = { kind: bearer ? 'access token' : 'credentials', length }
  const shown = authorization.includes(' ') ? { value: scheme } : {}
  return explained([...fields, { name: 'authorization', ...shown, secret, place: 'header' }])
}

/** Returns what a response said. */
export function answerFields(members: SignInRequest['members'], place: FlowField['place']): readonly FlowField[] {
  return explained(
    Object.entries(members).map(([name, value]) =>
      typeof value === 'number' ? secretField(name, value, place) : { name, value, place },
    ),
  )
}

/** Returns a field with a secret of that many characters. */
export function secretField(name: string, length: number, place: FlowField['place']): FlowField {
  return { name, secret: { kind: secretKindOf(name) ?? 'value', length }, place }
}

function explained(fields: readonly FlowField[]): readonly FlowField[] {
  return withMeanings(fields).map(({ meaning, ...one }) => ({
    ...one,
    ...(meaning !== undefined && { meaning: withoutGsa(meaning) }),
  }))
}

function field(name: string, value: string, place: FlowField['place'], length: number | undefined): FlowField {
  const isSecret = value !== '' && (length !== undefined || secretKindOf(name.toLowerCase()) !== undefined)
  if (isSecret) return secretField(name, length ?? value.length, place)
  return {
    name,
    value: shownAddress(value),
    place,
    ...(name === 'account' && { meaning: 'The account that the user chose.' }),
  }
}

/** Returns a value without the secrets that an address has in its parameters, such as the state of a response. */
export function shownAddress(value: string): string {
  // The id of a page's window is enough to fetch the answer to it.
  const isWindow = value.startsWith('storagerelay:')
  return value.replace(/([?&#](\w+)=)[^&#]+/g, (parameter, start: string, name: string) =>
    isWindow || secretKindOf(name) !== undefined ? `${start}…` : parameter,
  )
}
