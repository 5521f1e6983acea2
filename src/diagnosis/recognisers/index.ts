import { apis } from './apis.ts'
import { apps } from './apps.ts'
import { authorization } from './authorization.ts'
import { clients } from './clients.ts'
import { grants, refreshTokens } from './grants.ts'
import { idTokens } from './id-tokens.ts'
import { machine } from './machine.ts'
import { pageTitles } from './page-titles.ts'
import { parameters } from './parameters.ts'
import type { Recogniser } from './recogniser.ts'

/** All recognisers, the specific ones before the general ones. */
export const recognisers: readonly Recogniser[] = [
  ...apps,
  ...authorization,
  ...parameters,
  ...grants,
  ...clients,
  ...idTokens,
  ...apis,
  ...refreshTokens,
  ...machine,
]

/** Recognisers for a text in which no other finds anything. */
export const lastRecognisers: readonly Recogniser[] = pageTitles
