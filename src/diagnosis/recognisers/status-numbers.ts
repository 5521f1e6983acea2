import type { Facts } from '../facts.ts'

// R8 shortens the class ApiException to a letter.
const ofApiException = /(?:ApiException|common\.api\.\w{1,3}) ?(?:: ?|\(|status ?(?:code)? ?[:=]? ?)["']?(\d{1,5})\b/gi
const ofStatus = /(?:unknown status |status_?)code["']?\s?[:=]\s?["']?(\d{1,5})\b/gi
const ofSignIn =
  /(?:sign[- _]?in|google|gms|one ?tap|credential)\w{0,30}\W{0,3}(?:result|error|failed|failure|status|exception)?\W{0,3}(?:with )?(?:(?:status|error) ?)?(?:code)?["']?\s?[:=]?\s?["'(]?(1250[012]|284\d\d)\b/gi
// Google's sample apps log this line.
const ofSample = /signIn(?:Result)? ?: ?failed ?(?:status)? ?code ?[:=] ?(\d{1,5})\b/gi
const inBrackets = /\[(284\d\d)\]/g
const alone =
  /^ ?(?:(?:api|http|status|error|result|sign[- ]?in|google|android|code|exception|number|failed|with)[ :=#_-]{0,3}){0,5}["'(]?(\d{1,5})["')]?[:.]? ?$/i

/** Matches one of these Android status codes where the text says that it is one. */
export function isStatus(...codes: readonly number[]): (facts: Facts) => boolean {
  return ({ text }) =>
    [ofApiException, ofStatus, ofSignIn, ofSample, inBrackets].some((shape) =>
      [...text.matchAll(shape)].some(([, code]) => codes.includes(Number(code))),
    )
}

/** Matches if the text is only one of these numbers, perhaps after words such as "status code". */
export function isOnly(...codes: readonly number[]): (facts: Facts) => boolean {
  return ({ text }) => codes.includes(Number(alone.exec(text)?.[1] ?? Number.NaN))
}
