import { all, known, type Recogniser } from './recogniser.ts'
import { refusedRefreshToken } from './refusal.ts'

const failed = String.raw`(?:fail\w{0,4}|unable|cannot|can(?:'|no)t|could ?n(?:o|')t|error|problem)`
const refreshFailed = new RegExp(
  String.raw`token ?refresh(?:ing)? ?(?:has |was )?(?:failed|failure|error|rejected|refused)|\b${failed} (?:to |while |during )?(?:refresh|renew)\w{0,4}\b.{0,40}(?:token|credential|access|auth)|refresh\w{0,4} .{0,30}(?:token|credential)s?.{0,20}(?:failed|failure|rejected)`,
  'i',
)
const loginEnded =
  /re-?auth(?:enticat|oriz|oris)?\w{0,5} (?:is |was )?(?:required|needed|necessary)|(?:please|must|need to|have to|required to) (?:re-?(?:authenticat|authori[sz]|connect|link)|(?:log|sign) ?in again)|(?:token|credential|authori[sz]ation|session)s? (?:is |are |has |have |was )?(?:been )?(?:no longer valid|expired|revoked)/i

/**
 * Recognises texts of programs that hide the error of Google. They apply only to a text in which no other recogniser
 * finds anything, and only if it mentions Google.
 */
export const vague: readonly Recogniser[] = [
  known('refresh_token_refused', 'possible', refreshFailed, refusedRefreshToken),
  known(
    'refresh_token_refused',
    'possible',
    all(loginEnded, ({ isGoogle }) => isGoogle),
    refusedRefreshToken,
  ),
]
