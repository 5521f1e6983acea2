/** A complete file of a snippet. */
export interface SnippetFile {
  /** Its path in the user's project, such as `app/build.gradle.kts`. */
  readonly name: string
  readonly language: keyof typeof commentMarks
  readonly content: string
}

/** The values to fill into a snippet. */
export interface SnippetValues {
  /** The id of a web client: printable ASCII, as `readClientSecrets` ensures. */
  readonly clientId: string
  /** The scopes to send. They can be any text, so insert them into code only as literals of its language. */
  readonly scopes: readonly string[]
  /** Whether a backend binds its refresh tokens to keys (RFC 9449). Apps ignore it. */
  readonly dpop?: boolean
}

// The start and end of a one-line comment.
const commentMarks = {
  kotlin: ['// ', ''],
  swift: ['// ', ''],
  javascript: ['// ', ''],
  java: ['// ', ''],
  go: ['// ', ''],
  python: ['# ', ''],
  html: ['<!-- ', ' -->'],
  xml: ['<!-- ', ' -->'],
} as const

/** Returns a variant of a template: `«+»` begins a line that only the variant with DPoP has, `«-»` one of the other. */
export function variantOf(template: string, dpop: boolean): string {
  return template.replace(/^«([+-])»(.*\n)/gm, (_, mark: string, line: string) => ((mark === '+') === dpop ? line : ''))
}

/** Replaces each `«name»` in a template, once: inserted values are not replaced again. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/«(\w+)»/g, (placeholder, name: string) => values[name] ?? placeholder)
}

/**
 * Joins the files into one text. A single file is unchanged, so that it can be redirected to a file; several files each
 * start with their name.
 */
export function joinedFiles(files: readonly SnippetFile[]): string {
  const [only] = files
  if (only !== undefined && files.length === 1) return only.content
  return files.map((file) => `${nameLine(file)}\n${file.content}`).join('\n')
}

function nameLine({ name, language }: SnippetFile): string {
  const [begin, end] = commentMarks[language]
  return `${begin}===== ${name} =====${end}`
}
