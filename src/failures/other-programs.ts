import { appsRows } from './rows/apps.ts'
import { authorizationPageRows } from './rows/authorization-page.ts'
import { libraryRows } from './rows/libraries.ts'
import { machineRows } from './rows/machine.ts'
import { dpopRows } from './rows/dpop.ts'
import { tokenEndpointRows } from './rows/token-endpoint.ts'

/** Failures of apps, browsers and other programs. `gsa` never throws them; `gsa explain` recognizes their texts. */
export const otherPrograms = {
  ...authorizationPageRows,
  ...dpopRows,
  ...tokenEndpointRows,
  ...libraryRows,
  ...appsRows,
  ...machineRows,
}
