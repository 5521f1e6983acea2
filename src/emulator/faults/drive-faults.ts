import {
  fileNotFound,
  insufficientScope,
  invalidCredentials,
  notDownloadable,
  storageQuotaExceeded,
} from '../answers/drive-errors.ts'
import {
  abusiveFile,
  accessNotConfigured,
  appNotAuthorizedToFile,
  childrenLimitExceeded,
  creationLimitExceeded,
  dailyLimitExceeded,
  domainPolicy,
  rateLimitExceeded,
  sharingRateLimitExceeded,
  userRateLimitExceeded,
} from '../answers/drive-usage-errors.ts'
import { frontEndError, type Reply } from '../http/reply.ts'
import type { FaultRow } from './surface.ts'

/** The parts of a valid Drive request that a fault needs. */
interface DriveRequest {
  /** The name used in error details, such as `DriveFiles.Get`. */
  readonly method: string
  readonly access: 'read' | 'write'
  /** The accepted scopes, of which one is required. */
  readonly accepted: readonly string[]
  readonly project: string
  readonly fileId: string | undefined
  readonly isUpload: boolean
  readonly isDownload: boolean
}

/** A Drive error (evidence B8) for a valid request. */
export interface DriveFault extends FaultRow {
  readonly answer: (request: DriveRequest) => Reply
  /** Returns whether the fault applies to a request; without it, it applies to all. */
  readonly fits?: (request: DriveRequest) => boolean
}

const everywhere = ['drive', 'upload'] as const
const ofFiles = ['drive'] as const
const withWait = 'with Retry-After if `seconds` is given'

const creates = ({ method }: DriveRequest): boolean => method === 'DriveFiles.Create' || method === 'DriveFiles.Copy'
const downloads = ({ method, isDownload }: DriveRequest): boolean => method === 'DriveFiles.Get' && isDownload

/** Drive errors by name. A request without a valid token gets its own error and is not counted. */
export const driveFaults = {
  'user-rate-limit': {
    on: everywhere,
    does: `returns 403 userRateLimitExceeded, ${withWait}`,
    answer: ({ project }) => userRateLimitExceeded(project).reply,
  },
  'project-rate-limit': {
    on: everywhere,
    does: `returns 403 rateLimitExceeded, ${withWait}`,
    answer: () => rateLimitExceeded(403).reply,
  },
  'project-rate-limit-429': {
    on: everywhere,
    does: `returns 429 rateLimitExceeded, ${withWait}`,
    answer: () => rateLimitExceeded(429).reply,
  },
  'daily-limit': { on: everywhere, does: 'returns 403 dailyLimitExceeded', answer: () => dailyLimitExceeded().reply },
  'sharing-rate-limit': {
    on: ofFiles,
    does: 'returns 403 sharingRateLimitExceeded to a request that shares a file',
    answer: () => sharingRateLimitExceeded().reply,
    fits: ({ method }) => method === 'DrivePermissions.Create',
  },
  'storage-full': {
    on: everywhere,
    does: 'returns 403 storageQuotaExceeded to a request that creates or uploads a file',
    answer: () => storageQuotaExceeded().reply,
    fits: (request) => creates(request) || request.isUpload,
  },
  'api-not-enabled': {
    on: everywhere,
    does: "answers 403 accessNotConfigured, with the number of the client's project",
    answer: ({ project }) => accessNotConfigured(project).reply,
  },
  'invalid-credentials': {
    on: everywhere,
    does: 'returns 401 authError, as if the access token had expired',
    answer: () => invalidCredentials().reply,
  },
  'insufficient-scope': {
    on: everywhere,
    does: 'returns 403 insufficientPermissions, as if the scope had not been granted',
    answer: ({ method, accepted }) => insufficientScope(method, accepted).reply,
  },
  'app-not-authorized': {
    on: everywhere,
    does: 'returns 403 appNotAuthorizedToFile to a request about one file',
    answer: ({ project, access, fileId }) => appNotAuthorizedToFile(project, access, fileId ?? '').reply,
    fits: ({ fileId }) => fileId !== undefined,
  },
  'appfolder-unknown': {
    on: ofFiles,
    does: 'returns 404 notFound to a request about appfolder, an alias of Drive v2',
    answer: ({ fileId }) => fileNotFound(fileId ?? '').reply,
    fits: ({ fileId }) => fileId === 'appfolder' || fileId === 'appdata',
  },
  'domain-policy': { on: everywhere, does: 'returns 403 domainPolicy', answer: () => domainPolicy().reply },
  'children-limit': {
    on: everywhere,
    does: 'returns 403 numChildrenInNonRootLimitExceeded to a request that creates a file',
    answer: () => childrenLimitExceeded().reply,
    fits: creates,
  },
  'item-creation-limit': {
    on: everywhere,
    does: 'returns 403 activeItemCreationLimitExceeded to a request that creates a file',
    answer: () => creationLimitExceeded().reply,
    fits: creates,
  },
  'abusive-file': {
    on: ofFiles,
    does: 'returns 403 cannotDownloadAbusiveFile to a download',
    answer: () => abusiveFile().reply,
    fits: downloads,
  },
  'not-downloadable': {
    on: ofFiles,
    does: 'returns 403 fileNotDownloadable to a download',
    answer: () => notDownloadable().reply,
    fits: downloads,
  },
  'backend-html': {
    on: everywhere,
    does: 'returns 502 with an HTML page where JSON is expected',
    answer: () =>
      frontEndError(
        502,
        'Server Error',
        'The server encountered a temporary error and could not complete your request. Please try again in 30 seconds.',
      ),
  },
} as const satisfies Record<string, DriveFault>
