import { isJsonObject, type JsonObject, stringMember } from '../core/json.ts'
import { type ClientFileFix, secretKind } from '../failures/index.ts'

/**
 * Why a file is not a usable client secrets file: its kind, as a noun phrase, or its problem, as a clause with "it".
 */
export type ClientFileTrouble =
  { readonly kind: string } | { readonly problem: string; readonly remedy?: ClientFileFix | undefined }

/** Returns the value of a JSON text; undefined if it is not JSON, which has no `undefined`. */
function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

// The first bytes of files that people pass by mistake.
const binaryFiles: readonly (readonly [start: string, trouble: ClientFileTrouble])[] = [
  ['PK\u0003\u0004', { problem: 'it is a ZIP archive', remedy: 'unpack' }],
  ['\u001f\u008b', { problem: 'it is a gzip archive', remedy: 'unpack' }],
  ['%PDF-', { problem: 'it is a PDF document, not JSON', remedy: 'save_json' }],
  ['\u0089PNG', { problem: 'it is a picture, not JSON', remedy: 'save_json' }],
  ['\u00ff\u00d8\u00ff', { problem: 'it is a picture, not JSON', remedy: 'save_json' }],
  ['SQLite format 3', { kind: 'a database, such as that of gcloud' }],
  ['\u00fe\u00ed\u00fe\u00ed', { kind: 'a Java keystore' }],
]

/** Returns what a file is that its first bytes identify, whatever its size. */
export function troubleOfBytes(bytes: Buffer): ClientFileTrouble | undefined {
  const start = bytes.subarray(0, 16).toString('latin1')
  return binaryFiles.find(([mark]) => start.startsWith(mark))?.[1]
}

/** Returns what a file is that is not JSON, or JSON but no object. Its text is decoded and not empty. */
export function troubleOfText(text: string): ClientFileTrouble {
  const value = jsonValue(text)
  if (value !== undefined) return troubleOfValue(value)
  const trimmed = text.trim()
  return (
    troubleOfMarkup(trimmed) ??
    troubleOfWord(trimmed) ??
    troubleOfOtherFormat(trimmed) ??
    troubleOfEmbeddedJson(trimmed) ??
    troubleOfLines(trimmed) ??
    troubleOfBrokenJson(trimmed)
  )
}

function troubleOfValue(value: unknown): ClientFileTrouble {
  if (Array.isArray(value)) {
    const kind = value.filter(isJsonObject).map(otherKindOf)[0]
    return kind === undefined ? { problem: 'it is a JSON list, not a JSON object', remedy: 'unwrap' } : { kind }
  }
  if (typeof value !== 'string') return { problem: 'it is not a JSON object' }
  if (isJsonObject(jsonValue(value)))
    return { problem: 'it is not a JSON object, but a string that contains one', remedy: 'repair' }
  return troubleOfWord(value.trim()) ?? { problem: 'it is a JSON string, not a JSON object' }
}

/** Returns the kind of a JSON document that is not of an OAuth client with a secret, if it is a known one. */
export function otherKindOf(document: JsonObject): string | undefined {
  const has = (...names: readonly string[]): boolean => names.every((name) => document[name] !== undefined)
  const type = stringMember(document, 'type') ?? ''
  if (type === 'service_account' || has('private_key')) return 'a service account key'
  if (type === 'authorized_user' || has('refresh_token') || has('token', 'client_id') || has('token', 'scopes'))
    return 'a stored user credential'
  if (type.startsWith('external_account')) return 'a workload identity configuration'
  if (type === 'impersonated_service_account') return 'a credential for a service account'
  if (has('project_info')) return 'the google-services.json of an Android app'
  if (has('REVERSED_CLIENT_ID') || has('GOOGLE_APP_ID')) return 'the GoogleService-Info file of an iOS app'
  if (has('apiKey') && ['authDomain', 'projectId', 'appId'].some((name) => has(name)))
    return 'the configuration of a Firebase web app'
  if (has('access_token') || has('id_token')) return 'a token response'
  if (has('kty') || Array.isArray(document['keys'])) return 'a set of keys (JWKS)'
  if (Object.values(document).some((value) => typeof value === 'string' && apiKey.test(value))) return 'an API key'
  return clientOfApp(document)
}

const apiKey = /^AIza[\w-]{30,50}$/

/** Clients of apps have no secret. The console writes them as "installed", without a redirect URI of a web page. */
function clientOfApp(document: JsonObject): string | undefined {
  for (const type of ['android', 'ios'] as const)
    if (isJsonObject(document[type])) return `the file of an ${type === 'ios' ? 'iOS' : 'Android'} client`
  const { installed: client } = document
  if (!isJsonObject(client) || client['client_secret'] !== undefined || client['client_id'] === undefined)
    return undefined
  const { redirect_uris: uris } = client
  const isOfApp = (uri: unknown): boolean =>
    typeof uri === 'string' &&
    (uri === 'urn:ietf:wg:oauth:2.0:oob' || /^(?!https?:)[\w-]{1,60}\.[\w.-]{1,200}:/.test(uri))
  return uris === undefined || (Array.isArray(uris) && uris.some(isOfApp))
    ? 'the file of an Android or iOS client (no client_secret)'
    : undefined
}

/** Returns what is wrong with a JSON document that has neither a `web` nor an `installed` object. */
export function troubleOfDocument(document: JsonObject): ClientFileTrouble {
  const secret = kubernetesSecret(stringMember(document, 'kind'), document['data'] !== undefined, 'JSON')
  if (secret !== undefined && document['apiVersion'] !== undefined) return secret
  const names = Object.keys(document)
  if (document['client_id'] !== undefined)
    return {
      problem: 'it has neither a "web" nor an "installed" member, and its client_id is at the top level',
      remedy: 'wrap',
    }
  for (const [name, value] of Object.entries(document)) {
    if (!isJsonObject(value)) continue
    const shown = `"${name.slice(0, 40)}"`
    const inside = ['web', 'installed'].find((type) => isJsonObject(value[type]))
    if (inside !== undefined)
      return { problem: `its member "${inside}" is inside ${shown}, not at the top level`, remedy: 'unwrap' }
    if (value['client_id'] !== undefined)
      return { problem: `its client is in ${shown}, and not in "web" or "installed"`, remedy: 'repair' }
    const kind = otherKindOf(value)
    if (kind !== undefined) return { kind }
  }
  const similar = names.find((name) => /client[\s_-]{0,2}id$/i.test(name))
  if (similar === undefined) return { problem: 'it has neither a "web" nor an "installed" member' }
  return {
    problem: `it has neither a "web" nor an "installed" member, and its client ID is named "${similar.slice(0, 40)}"`,
    remedy: 'write_json',
  }
}

/**
 * Returns what is wrong with the client ID of a file for Google; undefined if nothing is. Other servers have IDs of any
 * form.
 * @param isGoogle whether the file names Google's endpoints; if not, only what can be no other server's is wrong
 */
export function troubleOfClientId(clientId: string, isGoogle: boolean): ClientFileTrouble | undefined {
  const trouble = (problem: string): ClientFileTrouble => ({ problem: `client_id ${problem}`, remedy: 'copy_id' })
  if (/^[a-z][a-z\d+.-]{0,40}:\/\//i.test(clientId)) return trouble('is a URL, not a client ID')
  if (clientId.endsWith('.iam.gserviceaccount.com')) return trouble('is the email address of a service account')
  if (/^[^@/]{1,64}@[^@/]{1,190}\.[a-z]{2,24}$/i.test(clientId)) return trouble('is an email address')
  if (/^com\.googleusercontent\.apps\./i.test(clientId))
    return trouble('is reversed, as in the URL scheme of an iOS app')
  if (/^\d{1,20}(?:-\w{1,64})?\.apps\.googleusercontent\.com$/.test(clientId)) return undefined
  if (/^\d{1,20}-\w{1,64}(?:\.[a-z.]{0,40})?$/i.test(clientId))
    return trouble('is incomplete: it does not end with .apps.googleusercontent.com')
  if (/\.apps\.googleusercontent\.com./i.test(clientId)) return trouble('has more characters after a client ID')
  if (!isGoogle && !/apps\.googleusercontent/i.test(clientId)) return undefined
  if (/^\d{1,25}$/.test(clientId)) return trouble('is only a number, such as that of a project')
  return clientId.endsWith('.apps.googleusercontent.com') ? undefined : trouble('is not a client ID of Google')
}

const masks = /[*•●·∙]{3}|^(?:x{4,}|\.{3,}|…)$|(?:\.{3}|…)$/i
const standIns =
  /^(?:GOCSPX-(?:x{3}|your)|your?[\s_-]|my[\s_-]client|<|\[|\$\{|\$\(|%\w|\{\{|__|change[\s_-]?me|todo|placeholder|redacted|null$)/i

/** Returns what is wrong with the client secret in a file; undefined if nothing is. The secret is not in the text. */
export function troubleOfSecret(secret: unknown): ClientFileTrouble | undefined {
  const trouble = (problem: string): ClientFileTrouble => ({ problem, remedy: 'add_secret' })
  if (secret === undefined || secret === null)
    return trouble(
      'client_secret is missing, which Google requires for "Web application" and "Desktop app" clients (Android and iOS clients have none)',
    )
  if (typeof secret !== 'string') return trouble('client_secret is not a text')
  if (secret.trim() === '') return trouble('client_secret is empty')
  if (masks.test(secret)) return trouble('client_secret is masked: it has asterisks or dots instead of the secret')
  if (standIns.test(secret) || /your[\s_-]{0,2}(?:client[\s_-]{0,2})?secret/i.test(secret))
    return trouble('client_secret is still a placeholder')
  if (secret.endsWith('.apps.googleusercontent.com')) return trouble('client_secret contains the client ID')
  if (secret.startsWith('ENC[')) return { problem: 'client_secret is encrypted', remedy: 'decrypt' }
  if (secret !== secret.trim()) return { problem: 'client_secret begins or ends with white space', remedy: 'repair' }
  return /^[\x20-\x7e]{1,255}$/.test(secret)
    ? undefined
    : { problem: 'client_secret is not a client secret: it is too long, or not ASCII', remedy: 'repair' }
}

function troubleOfMarkup(text: string): ClientFileTrouble | undefined {
  const start = text.slice(0, 2000)
  if (/<plist[\s>]|<!DOCTYPE plist/i.test(start))
    return /CLIENT_ID|GOOGLE_APP_ID|apps\.googleusercontent/.test(text)
      ? { kind: 'the property list (plist) of an iOS client' }
      : { kind: 'a property list (plist) of an Apple app' }
  if (text.startsWith('bplist')) return { kind: 'a binary property list (plist) of an Apple app' }
  if (/^(?:\ufeff|\s)*<(?:!doctype\s+html|html|head|body|script|meta|title|div)\b|<html[\s>]/i.test(start))
    return { problem: 'it is an HTML page, such as a page of the console or a sign-in page', remedy: 'save_json' }
  return /^<(?:\?xml|[a-z])/i.test(start) ? { problem: 'it is XML, not JSON' } : undefined
}

const formats: readonly (readonly [form: RegExp, trouble: ClientFileTrouble])[] = [
  [/^-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/, { kind: 'a private key' }],
  [/^-----BEGIN CERTIFICATE/, { kind: 'a certificate' }],
  [
    /^(?:[^A-Z]?GITCRYPT|\$ANSIBLE_VAULT|age-encryption\.org\/|-----BEGIN (?:AGE|PGP))/,
    { problem: 'it is encrypted', remedy: 'decrypt' },
  ],
  [/^version https:\/\/git-lfs/, { problem: 'it is a pointer of Git LFS', remedy: 'decrypt' }],
  [/^<{7} \S{1,200}$/m, { problem: 'it has the marks of a Git merge conflict', remedy: 'repair' }],
  [/\bapiKey["']?\s{0,5}:[\s\S]{0,400}\bauthDomain["']?\s{0,5}:/, { kind: 'the configuration of a Firebase web app' }],
]

/** Returns what is wrong with a manifest of Kubernetes, if it is one of a secret. */
function kubernetesSecret(kind: string | undefined, hasData: boolean, notation: string): ClientFileTrouble | undefined {
  if (kind === 'SealedSecret') return { problem: 'it is a sealed secret of Kubernetes', remedy: 'from_kubernetes' }
  if (kind !== 'Secret') return undefined
  return hasData
    ? { problem: `it is a Kubernetes Secret in ${notation}, with its data in Base64`, remedy: 'from_kubernetes' }
    : { problem: `it is a Kubernetes Secret in ${notation}`, remedy: 'from_kubernetes' }
}

function troubleOfManifest(text: string): ClientFileTrouble | undefined {
  if (!/^apiVersion:/m.test(text)) return undefined
  const kind = /^kind:[ \t]{0,20}["']?(\w{1,60})/m.exec(text)?.[1]
  return kubernetesSecret(kind, /^data:/m.test(text), 'YAML')
}

function troubleOfOtherFormat(text: string): ClientFileTrouble | undefined {
  const manifest = troubleOfManifest(text)
  if (manifest !== undefined) return manifest
  return formats.find(([form]) => form.test(text))?.[1]
}

/** Returns what a text is that has no structure: a secret, an ID, or the Base64 form of a file. */
function troubleOfWord(text: string): ClientFileTrouble | undefined {
  if (/^["']?eyJ[\w-]{4,}(?:\.[\w-]{0,20000}){1,4}["']?$/.test(text)) return { kind: 'a signed token (JWT)' }
  const decoded = decodedBase64(text)
  if (decoded !== undefined) {
    const value = jsonValue(decoded)
    const kind = isJsonObject(value) ? otherKindOf(value) : undefined
    return kind === undefined
      ? { problem: 'it is encoded in Base64', remedy: 'decode' }
      : { kind: `${kind}, encoded in Base64` }
  }
  if (!/^\S{1,4000}$/.test(text) || /[{}=]/.test(text.slice(0, -2))) return undefined
  if (/^["']?\d{1,20}-\w{1,64}\.apps\.googleusercontent\.com["']?$/.test(text))
    return { problem: 'it has only a client ID', remedy: 'write_json' }
  const word = text.replace(/^["']|["']$/g, '')
  if (word.startsWith('GOCSPX-')) return { problem: 'it has only a client secret', remedy: 'write_json' }
  const kind = apiKey.test(word) ? 'API key' : secretKind(word)
  return kind === undefined ? undefined : { kind: /^[aeiou]/i.test(kind) ? `an ${kind}` : `a ${kind}` }
}

function decodedBase64(text: string): string | undefined {
  const word = text.replace(/^data:[\w/;=+-]{0,80},|\s+|^["']|["']$/g, '')
  if (word.length < 16 || !/^[\w+/-]+={0,2}$/.test(word)) return undefined
  const decoded = Buffer.from(word, 'base64')
    .toString('utf8')
    .replace(/^\ufeff/, '')
  return /^\s{0,9}[[{]\s{0,99}["{[]/.test(decoded) && !decoded.includes('\ufffd') ? decoded : undefined
}

/** Returns what is around the JSON in a text, or the kind of that JSON. */
function troubleOfEmbeddedJson(text: string): ClientFileTrouble | undefined {
  const start = text.indexOf('{')
  const end = start < 0 ? undefined : endOfJson(text, start)
  const value = end === undefined ? undefined : jsonValue(text.slice(start, end))
  if (!isJsonObject(value)) return undefined
  const kind = otherKindOf(value)
  if (kind !== undefined) return { kind }
  const [before, after] = [text.slice(0, start).trim(), text.slice(end).trim()]
  if (/^[{[]/.test(after)) return { problem: 'it has several JSON documents, one after the other', remedy: 'unwrap' }
  const place = before === '' ? 'after' : after === '' ? 'before' : 'around'
  return { problem: `it has other text ${place} its JSON object`, remedy: 'unwrap' }
}

/** Returns the end of the JSON object that begins at `start`; undefined if it is truncated. */
function endOfJson(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
    } else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return undefined
}

const environmentLine =
  /^[ \t]{0,20}(?:export[ \t]+|set[ \t]+|\$env:|-[ \t]+)?["']?[\w.-]{0,60}(?:client|google|oauth|secret)[\w.-]{0,60}["']?[ \t]{0,9}=/im
const yamlLine = /^[ \t-]{0,40}["']?(?:web|installed|[\w-]{0,40}client[\w-]{0,40})["']?[ \t]{0,9}:(?:[ \t]|$)/im

const commentsBefore = /^(?:\s{0,99}(?:(?:\/\/|#)[^\n]{0,2000}\n|\/\*[\s\S]{0,500}?\*\/)){1,50}\s{0,99}(?=[{[])/

function troubleOfLines(text: string): ClientFileTrouble | undefined {
  if (/^[{[]\s{0,99}["'{“‘/#}]/.test(text.replace(commentsBefore, ''))) return undefined
  if (
    /^(?:(?:const|let|var|export (?:default|const)|import|from|package|public|def|class) |module\.exports|window\.)/m.test(
      text,
    )
  )
    return { problem: 'it is program code, not JSON', remedy: 'write_json' }
  if (environmentLine.test(text))
    return /^\[[\w .-]{1,80}\]$/m.test(text)
      ? { problem: 'it is an INI file, not JSON', remedy: 'write_json' }
      : { problem: 'it is a .env file (lines with NAME=value), not JSON', remedy: 'write_json' }
  if (yamlLine.test(text) && !text.startsWith('{')) return { problem: 'it is YAML, not JSON', remedy: 'write_json' }
  return undefined
}

const strings = String.raw`"(?:[^"\\\n]|\\.){0,1000}"`
const commentOrString = new RegExp(String.raw`${strings}|\/\/[^\n]{0,2000}|\/\*[\s\S]{0,500}?\*\/|#[^\n]{0,2000}`, 'g')
const commaOrString = new RegExp(String.raw`${strings}|,(?=\s{0,200}[}\]])`, 'g')
const commasOrString = new RegExp(String.raw`${strings}|,(?=\s{0,200},)`, 'g')
// A string has no line break inside it.
const noComma = /(?<=["\]}\d])([ \t]{0,200}\n\s{0,200})(?=["{])/g
const bareName = /([{,]\s{0,99})([A-Za-z_]\w{0,60})(\s{0,9}:)/g
const unlessString = (match: string): string => (match.startsWith('"') ? match : '')

// Each repair makes valid JSON of a common mistake in hand-edited files. The file itself stays refused.
const mistakes: readonly (readonly [problem: string, repaired: (text: string) => string])[] = [
  ['typographic quotation marks (“ ”)', (text) => text.replace(/[“”„‟«»″]/g, '"').replace(/[‘’‚‛]/g, "'")],
  ['single quotation marks', (text) => (text.includes('"') ? text : text.replaceAll("'", '"'))],
  ['names without quotation marks', (text) => text.replace(bareName, '$1"$2"$3')],
  ['comments', (text) => text.replace(commentOrString, unlessString)],
  ['two commas in a row', (text) => text.replace(commasOrString, unlessString)],
  ['no comma between two members', (text) => text.replace(noComma, ',$1')],
  ['a comma before a closing bracket', (text) => text.replace(commaOrString, unlessString)],
]

function troubleOfBrokenJson(text: string): ClientFileTrouble {
  let left = text
  const found: string[] = []
  for (const [name, repaired] of mistakes) {
    const before = left
    left = repaired(left)
    if (left !== before) found.push(name)
    const value = jsonValue(left)
    if (value === undefined) continue
    const kind = isJsonObject(value) ? otherKindOf(value) : undefined
    return kind === undefined
      ? { problem: `it is not JSON: it has ${found.join(' and ')}`, remedy: 'repair' }
      : { kind }
  }
  if (/^[{[]/.test(text) && endOfJson(text, 0) === undefined)
    return { problem: 'it is truncated, so it is not a JSON object' }
  if (text.includes('\ufffd')) return { problem: 'it is a binary file, or its text is neither UTF-8 nor UTF-16' }
  return /apps\.googleusercontent\.com|GOCSPX-/.test(text) && !text.startsWith('{')
    ? { problem: 'it is not JSON, but other text with a client ID or secret', remedy: 'write_json' }
    : { problem: 'it is not a JSON object' }
}
