import { looksRandom, replaceLabelled, typedSecretShapes } from './secret-shapes.ts'

// A prefix alone, as in "it starts with ya29.", is not a secret.
const shortestSecret = 12
const secretMembers = /["']?(?:client_secret|private_key|refresh_token|access_token|code_verifier)["']?\s{0,3}:/
const secretParameters =
  /([?&#](?:code|state|token|access_token|refresh_token|id_token|id_token_hint|client_secret|client_assertion|assertion|code_verifier|device_code|password|key|api_key|upload_id|session_crd)=)(?!\[)([^&#\s"'<>]+)/gi
const userInfo = /(?<=:\/\/)(?!\[)[^\s/"'?#<>]+(?=@)/g
// A password may contain a slash. A host with a port is not a password, and neither is a path after a scheme name.
const hostAndPort = String.raw`(?:localhost|[\w-]{1,63}\.[\w.-]{1,255}):\d{1,5}[/?#]`
const userAndPassword = new RegExp(
  String.raw`(?:(?<=:\/\/)|(?<![^"'=])(?!(?:file|helper|mailto|acct|urn):|[a-z]:[\\/]|\w{1,20}:\/\/))(?!\[|${hostAndPort})[^\s/?#"'<>:]{1,256}:[^\s"'<>]{0,512}(?=@)`,
  'gi',
)

const described = (kind: string, value: string): string => `[hidden ${kind}, ${value.length} characters]`

const keyOf32Bytes = /(?<![\w+/=])[A-Za-z\d+/]{43}=(?![\w+/=])/g
const maybe = (word: string): string => `[may be a secret: ${word.slice(0, 4)}…, ${word.length} characters]`

/**
 * Returns a text with each known secret replaced by its kind and length: Google's secrets (found by their shape), keys,
 * JSON with secrets in it, values labelled as secrets, and the user name and secret parameters of a URL.
 */
export function withoutKnownSecrets(text: string): string {
  const whole = withoutSecretJson(text)
  const known = typedSecretShapes.reduce(
    (left, [shape, kind]) =>
      left.replace(shape, (found) => (found.length < shortestSecret ? found : described(kind, found))),
    whole,
  )
  const addresses = known
    .replace(userAndPassword, (found) => described('user name or password', found))
    .replace(userInfo, (found) => described('user name or password', found))
    .replace(secretParameters, (_, name: string, value: string) => `${name}${described('secret', value)}`)
  return replaceLabelled(addresses, (value) => described('secret', value))
}

/**
 * Returns a text that is safe to show: without known secrets, and with each word that may be one, because it looks
 * random, truncated to four characters. Everything that a user typed is masked here before it is printed.
 */
export function masked(text: string): string {
  return withoutKnownSecrets(text)
    .replace(keyOf32Bytes, maybe)
    .replace(/[\w.~-]{20,}/g, (word, at: number, whole: string) =>
      looksRandom(word) && !isFolder(whole, at, word.length) ? maybe(word) : word,
    )
}

// macOS and Nix give folders random-looking names; a folder inside a path is not a secret typed by mistake.
function isFolder(text: string, at: number, length: number): boolean {
  return text.charAt(at - 1) === '/' && text.charAt(at + length) === '/'
}

/** Returns the kind of secret that a word is or contains, such as `refresh token`; undefined for any other word. */
export function secretKind(word: string): string | undefined {
  if (word.includes('{') && secretMembers.test(word)) return 'JSON document with a secret'
  const has = (shape: RegExp): boolean =>
    [...word.matchAll(shape)].some(
      ({ 0: found, index }) => found.length >= shortestSecret && !/[\w/.~-]/.test(word.charAt(index - 1)),
    )
  return typedSecretShapes.find(([shape]) => has(shape))?.[1]
}

function withoutSecretJson(text: string): string {
  const start = text.indexOf('{')
  if (start === -1 || !secretMembers.test(text.slice(start))) return text
  const end = text.lastIndexOf('}')
  const json = text.slice(start, end > start ? end + 1 : undefined)
  return `${text.slice(0, start)}${described('JSON document with a secret', json)}${text.slice(start + json.length)}`
}
