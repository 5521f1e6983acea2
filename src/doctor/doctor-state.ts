import type { Environment } from '../core/environment.ts'
import type { Credentials } from '../credentials/open-credentials.ts'
import type { Settings } from '../credentials/settings.ts'
import type { Failure } from '../failures/index.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { type Concern, NotAvailable, type Step } from './checklist.ts'

/** The files of an app to check. */
export interface AppFiles {
  /** The Info.plist of an iOS app. */
  readonly infoPlist: string | undefined
  /** The google-services.json of an Android app. */
  readonly googleServices: string | undefined
  /** The Podfile.lock, or the Package.resolved, of an iOS app. */
  readonly podfileLock: string | undefined
}

/**
 * The input of `gsa doctor`'s checks, and the values that they share. Mutable: each check stores values for later ones.
 */
export interface DoctorState {
  readonly credentials: Credentials
  readonly settings: Settings
  readonly http: Http
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly signal: AbortSignal
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** The version of gsa. */
  readonly version: string
  /** Whether sending is not allowed. */
  readonly isOffline: boolean
  readonly appFiles: AppFiles
  /** The authorization server to check. */
  readonly issuer: string
  server?: AuthorizationServer
  client?: OAuthClient
  /** The seconds that this clock is ahead of the server's. */
  clockAheadSeconds?: number
}

/** A check of `gsa doctor`. */
export interface DoctorCheck extends Step<DoctorState> {
  /** Whether the check needs the network; it does not run offline then. */
  readonly sends?: boolean
}

/** Returns a failure as a concern: a problem that stops nothing yet. */
export function concernOf({ causeText, fix }: Failure): Concern {
  return { detail: causeText, fix }
}

/** Returns a value from an earlier check. @throws NotAvailable if there is none */
export function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new NotAvailable(`${what} is unknown`)
  return value
}
