import type { Refused } from '../http/reply.ts'
import { driveError } from './drive-errors.ts'

const apiConsole = 'https://console.developers.google.com/apis/api/drive.googleapis.com'
const domain = 'usageLimits'

/** Returns the error for too many requests by one user (evidence B8, with the long text of the live API). */
export function userRateLimitExceeded(project: string): Refused {
  const url = `${apiConsole}/quotas?project=${project}`
  const message = `User Rate Limit Exceeded. Rate of requests for user exceed configured project quota. You may consider re-evaluating expected per-user traffic to the API and adjust project quota limits accordingly. You may monitor aggregate quota usage and adjust limits in the API Console: ${url}`
  return driveError({ status: 403, message, item: { domain, reason: 'userRateLimitExceeded', extendedHelp: url } })
}

/** Returns the error for too many requests by one project; Drive sends 403 or 429. */
export function rateLimitExceeded(status: 403 | 429): Refused {
  return driveError({ status, message: 'Rate Limit Exceeded', item: { domain, reason: 'rateLimitExceeded' } })
}

/** Returns the error for a project that has used up its daily quota. */
export function dailyLimitExceeded(): Refused {
  const message = 'Daily Limit Exceeded'
  return driveError({ status: 403, message, item: { domain, reason: 'dailyLimitExceeded' } })
}

/** Returns the error for a user who has shared too much. The text is not known (B8 has only the reason). */
export function sharingRateLimitExceeded(): Refused {
  const message = 'Rate limit exceeded. The item could not be shared.'
  return driveError({ status: 403, message, item: { reason: 'sharingRateLimitExceeded' } })
}

/** Returns the error for a project in which the Drive API is not enabled. */
export function accessNotConfigured(project: string): Refused {
  const url = `${apiConsole}/overview?project=${project}`
  const message = `Google Drive API has not been used in project ${project} before or it is disabled. Enable it by visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`
  return driveError({
    status: 403,
    message,
    item: { domain, reason: 'accessNotConfigured', extendedHelp: url },
    canonical: {
      status: 'PERMISSION_DENIED',
      reason: 'SERVICE_DISABLED',
      metadata: { service: 'drive.googleapis.com', consumer: `projects/${project}` },
    },
  })
}

/** Returns the error for a file that the user did not open with this app. */
export function appNotAuthorizedToFile(project: string, access: 'read' | 'write', fileId: string): Refused {
  const message = `The user has not granted the app ${project} ${access} access to the file ${fileId}.`
  return driveError({ status: 403, message, item: { reason: 'appNotAuthorizedToFile' } })
}

/** Returns the error for Drive apps blocked by an administrator. */
export function domainPolicy(): Refused {
  const message = 'The domain administrators have disabled Drive apps.'
  return driveError({ status: 403, message, item: { reason: 'domainPolicy' } })
}

/** Returns the error for a folder that accepts no more files. The text is not known. */
export function childrenLimitExceeded(): Refused {
  const message = 'The limit for the number of children of this folder has been exceeded.'
  return driveError({ status: 403, message, item: { reason: 'numChildrenInNonRootLimitExceeded' } })
}

/** Returns the error for an account that may not create more items. The text is not known. */
export function creationLimitExceeded(): Refused {
  const message = 'The limit for the number of items created by this account has been exceeded.'
  return driveError({ status: 403, message, item: { reason: 'activeItemCreationLimitExceeded' } })
}

/** Returns the error for a download that Drive considers malware. */
export function abusiveFile(): Refused {
  const message = 'This file has been identified as malware or spam and cannot be downloaded.'
  return driveError({ status: 403, message, item: { reason: 'cannotDownloadAbusiveFile' } })
}
