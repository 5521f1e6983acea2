import type { AppFiles, DoctorCheck } from './doctor-state.ts'
import { googleServicesChecks } from './google-services.ts'
import { infoPlistChecks } from './info-plist.ts'
import { podfileLockChecks } from './podfile-lock.ts'

/** The checks of the app files that were passed. */
export function appFileChecks({ infoPlist, googleServices, podfileLock }: AppFiles): readonly DoctorCheck[] {
  return [
    ...(infoPlist === undefined ? [] : infoPlistChecks(infoPlist)),
    ...(googleServices === undefined ? [] : googleServicesChecks(googleServices)),
    ...(podfileLock === undefined ? [] : podfileLockChecks(podfileLock)),
  ]
}
