import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Space } from './folder.ts'

/**
 * Generates all codes, tokens and ids in Google's formats. Each ends in a short MAC, so the emulator can tell a value
 * that was once real ("expired or revoked") from one that never was ("malformed") without storing dead ones.
 */
export interface Mint {
  /** The key of its MACs; a mint with the same secret recognizes the same values. */
  readonly secret: Buffer
  /** `4/0A…`, 73 characters: 52 bytes in base64url after `4/0`. */
  authorizationCode(): string
  isAuthorizationCode(text: string): boolean
  /** `AH-1Ng…` */
  deviceCode(): string
  isDeviceCode(text: string): boolean
  /** `ABCD-EFGH`: letters that spell no words, as RFC 8628 section 6.1 recommends. */
  userCode(): string
  /** `ya29.a0…`, 211 to 253 characters: clients must not count on a length. */
  accessToken(): string
  /** `1//0…CgYIARAAGAMSNwF-L9Ir…`, 103 characters. */
  refreshToken(): string
  isRefreshToken(text: string): boolean
  /** A Drive file id of `[A-Za-z0-9_-]` starting with 1: 33 characters in My Drive, 45 in the app folder (B9). */
  fileId(space: Space): string
  isFileId(text: string, space: Space): boolean
  /** The id of one version of a file's content. */
  revisionId(): string
  /** The id of an upload, 110 characters; knowing that of a session is sufficient to use the session. */
  uploadId(): string
  /** The `session_crd` of a session URI, 95 characters. */
  sessionCredential(): string
  /** A nonce for the DPoP proofs of one workflow; it contains its time. */
  dpopNonce(workflow: string, nowMs: number): string
  /** Returns the time of a nonce of a workflow, or undefined if this emulator did not issue it. */
  dpopNonceTime(text: string, workflow: string): number | undefined
  /** Returns the same id for the same words: folder ids that need not be stored. */
  derivedId(prefix: string, ...words: readonly string[]): string
  /** Seals a small JSON value in an opaque page token. */
  sealPageToken(value: unknown): string
  /** Returns the value in a page token, or undefined if this emulator did not issue it. */
  openPageToken(text: string): unknown
}

const macBytes = 15
/** The part that Google's refresh tokens share. */
const refreshTokenMiddle = 'CgYIARAAGAMSNwF-L9Ir'
const userCodeLetters = 'BCDFGHJKLMNPQRSTVWXZ'
/** The number of random bytes in a file id. */
const fileIdBytes: Record<Space, number> = { drive: 9, appDataFolder: 18 }
const pageTokenPrefix = '~!!~AI9'

/** Creates a mint that draws its bytes from `random`. */
export function createMint(random: (bytes: number) => Buffer, secret: Buffer = random(32)): Mint {
  const macOf = (kind: string, body: Buffer | string): Buffer =>
    createHmac('sha256', secret).update(`${kind}\n`).update(body).digest().subarray(0, macBytes)

  const sealedBody = (prefix: string, body: Buffer): string =>
    prefix + Buffer.concat([body, macOf(prefix, body)]).toString('base64url')
  const seal = (prefix: string, size: number): string => sealedBody(prefix, random(size))
  const isSealed = (prefix: string, size: number, text: string): boolean => {
    if (!text.startsWith(prefix)) return false
    const bytes = Buffer.from(text.slice(prefix.length), 'base64url')
    if (bytes.length !== size + macBytes || prefix + bytes.toString('base64url') !== text) return false
    return timingSafeEqual(bytes.subarray(size), macOf(prefix, bytes.subarray(0, size)))
  }

  return {
    secret,
    authorizationCode: () => {
      const body = random(37)
      // The first letter after `4/0` is always an A.
      body.writeUInt8(body.readUInt8(0) & 3, 0)
      return sealedBody('4/0', body)
    },
    isAuthorizationCode: (text) => isSealed('4/0', 37, text),
    deviceCode: () => seal('AH-1Ng', 48),
    isDeviceCode: (text) => isSealed('AH-1Ng', 48, text),
    userCode: () => {
      let letters = ''
      while (letters.length < 8) {
        // Drop bytes beyond the last full round of letters; they would make the first letters more likely.
        for (const byte of random(16)) if (byte < 240) letters += userCodeLetters[byte % userCodeLetters.length] ?? ''
      }
      return `${letters.slice(0, 4)}-${letters.slice(4, 8)}`
    },
    // Access tokens are looked up, never recognized, so they need no MAC.
    accessToken: () => `ya29.a0${random(153 + (random(1).readUInt8(0) & 31)).toString('base64url')}`,
    refreshToken: () => seal(`1//0${random(9).toString('base64url')}${refreshTokenMiddle}`, 35),
    isRefreshToken: (text) => {
      const prefix = text.slice(0, 36)
      return prefix.endsWith(refreshTokenMiddle) && isSealed(prefix, 35, text)
    },
    fileId: (space) => seal('1', fileIdBytes[space]),
    isFileId: (text, space) => isSealed('1', fileIdBytes[space], text),
    revisionId: () => `0B${random(36).toString('base64url')}`,
    uploadId: () => `A${random(82).toString('base64url').slice(1)}`,
    sessionCredential: () => `A${random(70).toString('base64url')}`,
    dpopNonce: (workflow, nowMs) => {
      const body = Buffer.alloc(6)
      body.writeUIntBE(nowMs, 0, 6)
      return sealedBody(`dpop-${workflow}-`, body)
    },
    dpopNonceTime: (text, workflow) => {
      const prefix = `dpop-${workflow}-`
      if (!isSealed(prefix, 6, text)) return undefined
      return Buffer.from(text.slice(prefix.length), 'base64url').readUIntBE(0, 6)
    },
    derivedId: (prefix, ...words) => prefix + macOf(`id ${prefix}`, words.join('\n')).toString('base64url'),
    sealPageToken: (value) => {
      const body = Buffer.from(JSON.stringify(value))
      // Google's have about 430 characters; clients that truncate or re-encode long tokens should fail here.
      const filler = random(Math.max(0, 300 - body.length))
      const sealed = Buffer.concat([
        macOf('page', body),
        Buffer.from([body.length >> 8, body.length & 255]),
        body,
        filler,
      ])
      return pageTokenPrefix + sealed.toString('base64url')
    },
    openPageToken: (text) => {
      if (!text.startsWith(pageTokenPrefix)) return undefined
      const bytes = Buffer.from(text.slice(pageTokenPrefix.length), 'base64url')
      if (bytes.length < macBytes + 2) return undefined
      const body = bytes.subarray(macBytes + 2, macBytes + 2 + bytes.readUInt16BE(macBytes))
      if (!timingSafeEqual(bytes.subarray(0, macBytes), macOf('page', body))) return undefined
      return JSON.parse(body.toString()) as unknown
    },
  }
}
