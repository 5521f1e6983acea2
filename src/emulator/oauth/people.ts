import { createHash } from 'node:crypto'
import { apiError, unauthenticated } from '../answers/api-errors.ts'
import { apiReply, type Call, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { emailScope, profileScope } from '../records/scopes.ts'
import { signInToken } from './userinfo.ts'

const guide = 'Valid paths are documented at https://developers.google.com/people/api/rest/v1/people/get.'

/** The data about an account by field mask; every other mask is valid and has no data here. */
const fields: Readonly<Record<string, (account: EmulatorAccount) => Readonly<Record<string, unknown>>>> = {
  names: ({ name, familyName, givenName }) => ({
    displayName: name,
    familyName,
    givenName,
    displayNameLastFirst: `${familyName}, ${givenName}`,
    unstructuredName: name,
  }),
  photos: ({ picture }) => ({ url: picture.replace(/=s\d+-c$/, '=s100') }),
  emailAddresses: ({ email }) => ({ value: email }),
}

/** Handles `GET /v1/people/me` (evidence B6): names and photos with the scope `profile`, addresses with `email`. */
export function peopleEndpoint(google: LocalGoogle, call: Call): Reply {
  const token = signInToken(google, call)
  if (token === undefined) return unauthenticated()
  const asked = (call.query.get('personFields') ?? call.query.get('requestMask.includeField') ?? '')
    .split(',')
    .map((name) => name.trim().replace(/^person\./, ''))
    .filter((name) => name !== '')
  if (asked.length === 0)
    return invalidArgument(`personFields mask is required. Please specify one or more valid paths. ${guide}`)
  const malformed = asked.find((name) => !/^[a-z][A-Za-z.]*$/.test(name))
  if (malformed !== undefined) return invalidArgument(`Invalid personFields mask path: "${malformed}". ${guide}`)
  const { account, scopes } = token
  const found = Object.entries(fields).flatMap(([name, describe]) => {
    const wanted = asked.includes(name) && scopes.has(name === 'emailAddresses' ? emailScope : profileScope)
    return wanted ? [[name, [{ metadata: metadataOf(name, account), ...describe(account) }]] as const] : []
  })
  return apiReply(200, {
    resourceName: `people/${account.sub}`,
    etag: `%${createHash('sha256').update(account.sub).digest('base64')}`,
    ...Object.fromEntries(found),
  })
}

function metadataOf(name: string, { sub }: EmulatorAccount): Readonly<Record<string, unknown>> {
  const isAddress = name === 'emailAddresses'
  return {
    primary: true,
    ...(isAddress && { verified: true }),
    source: { type: isAddress ? 'ACCOUNT' : 'PROFILE', id: sub },
    sourcePrimary: true,
  }
}

function invalidArgument(message: string): Reply {
  return apiError(400, 'INVALID_ARGUMENT', message)
}
