import type { Probe } from '../probe.ts'
import { identity } from './token-probes.ts'

const access_token = 'ya29.gsa-compare-made-up'
const id_token = 'e30.e30.e30'
const bearer = '{access}'
const profile = ['displayName', 'displayNameLastFirst', 'unstructuredName', 'givenName', 'familyName']

/** Tokeninfo, revoke and userinfo, at their current and older addresses. Nothing that exists is revoked. */
export const accountProbes: readonly Probe[] = [
  { name: 'tokeninfo-none', shows: 'tokeninfo without a token', at: 'GET oauth2:/tokeninfo' },
  {
    name: 'tokeninfo-unknown',
    shows: 'tokeninfo of a made-up access token',
    at: 'POST oauth2:/tokeninfo',
    form: { access_token },
  },
  {
    name: 'tokeninfo-unknown-id-token',
    shows: 'tokeninfo of a made-up ID token',
    at: 'POST oauth2:/tokeninfo',
    form: { id_token },
  },
  {
    name: 'tokeninfo',
    shows: 'tokeninfo of an access token',
    at: 'POST oauth2:/tokeninfo',
    form: { access_token: '{access}' },
    byForm: identity,
  },
  {
    name: 'tokeninfo-id-token',
    shows: 'tokeninfo of an ID token',
    at: 'POST oauth2:/tokeninfo',
    form: { id_token: '{idToken}' },
    byForm: identity,
  },
  {
    name: 'tokeninfo-v1',
    shows: 'the same at the address of version 1',
    at: 'POST www:/oauth2/v1/tokeninfo',
    form: { access_token: '{access}' },
    byForm: identity,
  },
  { name: 'tokeninfo-v3-none', shows: 'the address of version 3 without a token', at: 'GET www:/oauth2/v3/tokeninfo' },
  { name: 'revoke-none', shows: 'revoke without a token', at: 'POST oauth2:/revoke', form: {} },
  {
    name: 'revoke-unknown',
    shows: 'revoke of a made-up token',
    at: 'POST oauth2:/revoke',
    form: { token: access_token },
  },
  { name: 'revoke-get', shows: 'revoke by GET', at: `GET oauth2:/revoke?token=gsa-compare-made-up` },
  {
    name: 'revoke-older-address',
    shows: 'the same at the older address',
    at: 'GET accounts:/o/oauth2/revoke?token=gsa-compare-made-up',
  },
  { name: 'userinfo-none', shows: 'userinfo without a token', at: 'GET openidconnect:/v1/userinfo' },
  {
    name: 'userinfo-unknown',
    shows: 'userinfo with a made-up token',
    at: 'GET openidconnect:/v1/userinfo',
    bearer: access_token,
  },
  { name: 'userinfo-v2-none', shows: 'userinfo of version 2 without a token', at: 'GET www:/oauth2/v2/userinfo' },
  ...(
    [
      ['userinfo', 'userinfo', 'GET openidconnect:/v1/userinfo'],
      ['userinfo-v1', 'userinfo of version 1', 'GET www:/oauth2/v1/userinfo'],
      ['userinfo-v2', 'userinfo of version 2', 'GET www:/oauth2/v2/userinfo'],
      ['userinfo-v3', 'userinfo of version 3', 'GET www:/oauth2/v3/userinfo'],
      ['userinfo-me', 'userinfo at another address', 'GET www:/userinfo/v2/me'],
    ] as const
  ).map(([name, shows, at]): Probe => ({ name, shows, at, bearer, byForm: identity })),
  { name: 'people-none', shows: 'the profile without a token', at: 'GET people:/v1/people/me?personFields=names' },
  {
    name: 'people',
    shows: 'the profile',
    at: 'GET people:/v1/people/me?personFields=names',
    bearer,
    byForm: ['resourceName', 'etag', ...identity, ...profile],
  },
]
