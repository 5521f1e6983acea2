import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect } from 'vitest'
import { apiFailure } from '../../src/api/api-error.ts'
import { googleApi, type GoogleApi } from '../../src/api/call.ts'
import { Secret } from '../../src/core/secret.ts'
import { fileNamed, getAbout, getFile, listAppFolder, measureAppFolder } from '../../src/drive/app-folder.ts'
import { copyContent } from '../../src/drive/download.ts'
import { putStream } from '../../src/drive/upload.ts'
import { appCodeAdvice } from '../../src/failures/index.ts'
import type { HttpResponse } from '../../src/http/request.ts'
import { authorizationServer, type AuthorizationServer } from '../../src/oauth/authorization-server.ts'
import { newerServerJwks, serverJwks } from '../../src/oauth/jwks.ts'
import { revokeToken } from '../../src/oauth/revocation.ts'
import { authorizationCodeGrant, refreshTokenGrant } from '../../src/oauth/token-endpoint.ts'
import { answersOf, fakeHttp, jsonAnswers } from './fake-http.ts'
import { bytesOf, damaged, property, roughText, valueOrFailure } from './property.ts'

// Every response of a server, without a network: the program turns it into a value or a failure in the table.

const issuer = 'http://127.0.0.1:9'
const server: AuthorizationServer = {
  ...({} as AuthorizationServer),
  issuer,
  idTokenIssuers: [issuer],
  authorizationEndpoint: new URL(`${issuer}/auth`),
  tokenEndpoint: new URL(`${issuer}/token`),
  revocationEndpoint: new URL(`${issuer}/revoke`),
  jwksUri: new URL(`${issuer}/keys`),
}
const secrets = {
  code: '4/0AcodeCodeCode',
  client: 'GOCSPX-clientSecret',
  refresh: '1//0refreshRefresh',
  access: 'ya29.accessAccess',
}
const known = Object.values(secrets)
const client = { type: 'web', clientId: 'c', clientSecret: new Secret(secrets.client), redirectUris: [] } as const

const goodTokens = {
  access_token: secrets.access,
  token_type: 'Bearer',
  expires_in: 3599,
  refresh_token: '1//0anotherAnother',
  refresh_token_expires_in: 604_799,
  scope: 'openid email',
  id_token: 'a.b.c',
}
const errors = {
  error: 'invalid_grant',
  error_description: `Malformed ${secrets.code} ${secrets.client} ${encodeURIComponent(secrets.refresh)}`,
  error_subtype: 'invalid_rapt',
}
const tokenAnswers = fc.oneof(
  answersOf(bytesOf(damaged(goodTokens).map((object) => JSON.stringify(object)))),
  answersOf(bytesOf(damaged(errors).map((object) => JSON.stringify(object)))),
  jsonAnswers([...Object.keys(goodTokens), ...Object.keys(errors)]),
)

describe('a token response', () => {
  property('to a code returns tokens or a failure, after one request', tokenAnswers, async (answer) => {
    const http = fakeHttp([answer])
    const code = { code: new Secret(secrets.code), redirectUri: '', from: 'android', advice: appCodeAdvice }
    const tokens = await valueOrFailure(
      () => authorizationCodeGrant(http, server, client, code),
      [secrets.code, secrets.client, secrets.access],
    )
    expect(http.sent.map(({ retries }) => retries ?? 0)).toEqual([0])
    if (tokens === undefined) return
    expect(tokens.accessToken.reveal()).toMatch(/^[\x21-\x7e]+$/)
    for (const seconds of [tokens.expiresInSeconds ?? 0, tokens.refreshTokenExpiresInSeconds ?? 0])
      // It becomes a date.
      expect(new Date(Date.now() + seconds * 1000).toISOString()).toMatch(/Z$/)
  })

  property(
    'to a refresh returns tokens, a refusal or a failure',
    fc.tuple(tokenAnswers, fc.boolean()),
    async ([answer, rotates]) => {
      const refreshToken = new Secret(secrets.refresh)
      const sent = [secrets.refresh, secrets.client, secrets.access]
      const result = await valueOrFailure(
        () => refreshTokenGrant(fakeHttp([answer]), server, client, refreshToken, rotates),
        sent,
      )
      if (result !== undefined && 'refused' in result)
        for (const secret of sent) expect(JSON.stringify(result).includes(secret)).toBe(false)
    },
  )

  property('to a revocation is a success, a rejection or a failure', tokenAnswers, async (answer) => {
    await valueOrFailure(
      () => revokeToken(fakeHttp([answer]), server, new Secret(secrets.refresh), undefined),
      [secrets.refresh],
    )
  })
})

describe('a discovery document', () => {
  const good = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: `${issuer}/keys`,
  }
  const urls = fc.oneof(
    fc.webUrl(),
    roughText,
    fc.constantFrom('http://a.example/', 'https://u:p@a.example/', 'https://a.example/?%zz'),
  )
  const documents = fc.oneof(
    damaged(good),
    fc.tuple(fc.constantFrom(...Object.keys(good)), urls).map(([name, url]) => ({ ...good, [name]: url })),
  )
  property(
    'leads to endpoints that may receive a secret, or to none',
    answersOf(bytesOf(documents.map((document) => JSON.stringify(document)))),
    async (answer) => {
      const found = await valueOrFailure(() => authorizationServer(fakeHttp([answer]), issuer))
      if (found === undefined) return
      expect(found.issuer).toBe(issuer)
      for (const url of [found.authorizationEndpoint, found.tokenEndpoint, found.revocationEndpoint, found.jwksUri])
        expect(url?.href ?? 'https:').toMatch(/^(?:https:|http:\/\/(?:127\.|\[::1\]))/)
    },
  )
})

describe('a key set', () => {
  const keySets = jsonAnswers(['keys', 'fetchedAt', 'freshUntil', 'forcedAt'])
  property(
    'has keys, or is a failure, whatever was remembered',
    fc.tuple(keySets, fc.option(keySets, { nil: undefined })),
    async ([answer, remembered]) => {
      const source = {
        http: fakeHttp([answer]),
        server,
        keyCache: { read: () => remembered?.body, write: () => undefined },
        now: Date.now,
      }
      for (const fetch of [serverJwks, newerServerJwks]) {
        const jwks = await valueOrFailure(() => fetch(source))
        if (jwks !== undefined) expect(jwks.keys.every((key) => key !== null && typeof key === 'object')).toBe(true)
      }
    },
  )
})

describe('a Drive response', () => {
  const file = { id: '1a', name: 'a', mimeType: 't', size: '1', md5Checksum: 'x', createdTime: 't', modifiedTime: 't' }
  const error = {
    code: 403,
    message: 'No.',
    errors: [{ reason: 'x', extendedHelp: 'y' }],
    details: [{ reason: 'z' }],
    status: 's',
  }
  const files = fc.array(fc.oneof(damaged(file), fc.jsonValue({ maxDepth: 1 })), { maxLength: 3 })
  const driveAnswers = fc.oneof(
    answersOf(bytesOf(damaged(file).map((object) => JSON.stringify(object)))),
    answersOf(
      bytesOf(
        fc
          .tuple(files, fc.option(fc.string(), { nil: undefined }))
          .map(([list, nextPageToken]) => JSON.stringify({ files: list, nextPageToken })),
      ),
    ),
    answersOf(bytesOf(damaged(error).map((object) => JSON.stringify({ error: object })))),
    jsonAnswers(['files', 'nextPageToken', 'error', 'id', 'storageQuota', 'user']),
  )
  const end: HttpResponse = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"files":[]}'),
  }
  const ids: HttpResponse = { ...end, body: Buffer.from('{"ids":["1a"]}') }
  const folderWith = (answers: readonly HttpResponse[]): GoogleApi => {
    const token = Promise.resolve(new Secret(secrets.access))
    return googleApi({
      http: fakeHttp(answers),
      root: new URL('https://www.googleapis.com'),
      tokens: { current: () => token, renewed: () => token },
      // A wait for another attempt is interrupted.
      signal: AbortSignal.abort(),
    })
  }

  property('that is an error is a failure', driveAnswers, async (answer) => {
    expect(
      await valueOrFailure(() => {
        throw apiFailure(answer, {
          method: 'GET',
          url: new URL('https://www.googleapis.com/drive/v3/files'),
          file: 'name',
        })
      }, known),
    ).toBeUndefined()
  })

  property('to a list yields file objects to the end', fc.array(driveAnswers, { maxLength: 3 }), async (answers) => {
    await valueOrFailure(async () => {
      for await (const page of listAppFolder(folderWith([...answers, end]), { pageSize: 10 }))
        for (const object of page)
          expect(object !== null && typeof object === 'object' && !Array.isArray(object)).toBe(true)
    }, known)
  })

  property('to anything else is a value or a failure', driveAnswers, async (answer) => {
    const folder = folderWith([answer, end])
    const asking = [
      () => fileNamed(folder, 'a'),
      () => getFile(folder, 'id/../..'),
      () => getAbout(folder),
      () => measureAppFolder(folderWith([answer, end])),
      () => uploading([ids, answer, end], Buffer.from('small')),
      () => copyContent(folderWith([answer]), { file, onProgress: () => undefined }, () => Promise.resolve()),
    ]
    for (const ask of asking) await valueOrFailure<unknown>(ask, known)
  })

  const uploading = (answers: readonly HttpResponse[], content: Buffer): Promise<unknown> =>
    putStream(folderWith(answers), {
      name: 'a',
      replacedId: undefined,
      stream: Readable.from([content]),
      onProgress: () => undefined,
    })
  const long = Buffer.alloc(5 * 1024 * 1024 + 1)
  property(
    'to a long upload is a file or a failure',
    fc.array(driveAnswers, { minLength: 1, maxLength: 4 }),
    async (answers) => {
      await valueOrFailure<unknown>(() => uploading([ids, ...answers, end], long), known)
    },
    { portion: 50, whole: 2000 },
  )

  const pageTokens = fc.constantFrom('', 'again', 'a b&c')
  property(
    'to a list that never ends is given up',
    pageTokens,
    async (nextPageToken) => {
      const page = { ...end, body: Buffer.from(JSON.stringify({ files: [], nextPageToken })) }
      let pages = 0
      await valueOrFailure(async () => {
        for await (const _ of listAppFolder(folderWith([page]), { pageSize: 10 }))
          if (++pages > 100) throw new Error('the same page for ever')
      })
    },
    { portion: 3, whole: 3 },
  )
})
