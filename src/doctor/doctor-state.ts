import type { Environment } from '../core/environment.ts'
import type { Credentials } from '../credentials/open-credentials.ts'
import type { Settings } from '../credentials/settings.ts'
import type { Failure } from '../failures/index.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { type Concern, NotAvailable, type Step } from './checklist.ts'

/** Files of an app to look into. */
export interface AppFiles {
  /** The Info.plist of an iOS app. */
  readonly infoPlist: string | undefined
  /** The google-services.json of an Android app. */
  readonly googleServices: string | undefined
  /** The Podfile.lock, or the Package.resolved, of an iOS app. */
  readonly podfileLock: string | undefined
}

/**
 * What the checks of `gsa doctor` look at, and what they learn for one another. Mutable: each check
 * leaves here what later ones need.
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
  /** Of gsa. */
  readonly version: string
  /** Nothing may be sent. */
  readonly isOffline: boolean
  readonly appFiles: AppFiles
  /** The authorization server that the checks are about. */
  readonly issuer: string
  server?: AuthorizationServer
  client?: OAuthClient
  /** How far this clock is ahead of the server's. */
  clockAheadSeconds?: number
}

/** A check of `gsa doctor`. */
export interface DoctorCheck extends Step<DoctorState> {
  /** Whether it needs the network: such a check does not run offline. */
  readonly sends?: boolean
}

/** A failure that does not stop anybody today. */
export function concernOf({ causeText, fix }: Failure): Concern {
  return { detail: causeText, fix }
}

/** What an earlier check found. @throws NotAvailable where it found nothing */
export function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new NotAvailable(`${what} is not known`)
  return value
}
