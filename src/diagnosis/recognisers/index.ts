import { browserPhrases } from '../phrases/browsers-and-ports.ts'
import { credentialFilePhrases } from '../phrases/credential-files.ts'
import { idTokenPhrases } from '../phrases/id-tokens.ts'
import { keychainPhrases } from '../phrases/keychains.ts'
import { mobilePhrases } from '../phrases/mobile.ts'
import { networkPhrases } from '../phrases/network.ts'
import { programPhrases } from '../phrases/programs.ts'
import { refreshTokenPhrases } from '../phrases/refresh-tokens.ts'
import { sessionPhrases } from '../phrases/sessions.ts'
import { webPhrases } from '../phrases/web.ts'
import { apis } from './apis.ts'
import { apps } from './apps.ts'
import { authorization } from './authorization.ts'
import { clients } from './clients.ts'
import { concepts } from './concepts.ts'
import { grants, refreshTokens } from './grants.ts'
import { pageTitles } from './page-titles.ts'
import { parameters } from './parameters.ts'
import { type Family, type Recogniser, recognisersOf } from './recogniser.ts'
import { statuses } from './statuses.ts'
import { otherErrors, vague } from './vague.ts'

/** The families of phrases. */
export const families: readonly Family[] = [
  keychainPhrases,
  sessionPhrases,
  idTokenPhrases,
  mobilePhrases,
  networkPhrases,
  webPhrases,
  credentialFilePhrases,
  browserPhrases,
  refreshTokenPhrases,
]

/** All recognisers, the specific ones before the general ones. */
export const recognisers: readonly Recogniser[] = [
  ...apps,
  ...recognisersOf(mobilePhrases),
  ...recognisersOf(webPhrases),
  ...recognisersOf(credentialFilePhrases),
  ...programPhrases,
  ...authorization,
  ...parameters,
  ...clients,
  ...grants,
  ...recognisersOf(refreshTokenPhrases),
  ...recognisersOf(sessionPhrases),
  ...apis,
  ...recognisersOf(idTokenPhrases),
  ...recognisersOf(keychainPhrases),
  ...recognisersOf(browserPhrases),
  ...refreshTokens,
  ...recognisersOf(networkPhrases),
]

/** Recognisers for a text in which no other finds anything. */
export const lastRecognisers: readonly Recogniser[] = [
  ...pageTitles,
  ...vague,
  ...statuses,
  ...concepts,
  ...otherErrors,
]
