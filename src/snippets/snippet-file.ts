/** A file of a snippet, complete as it stands. */
export interface SnippetFile {
  /** The path in the project that it is for, such as `app/build.gradle.kts`. */
  readonly name: string
  readonly language: keyof typeof commentMarks
  readonly content: string
}

/** What a snippet is filled with. */
export interface SnippetValues {
  /** The id of a web client: printable ASCII, as `readClientSecrets` lets through. */
  readonly clientId: string
  /** Scopes as they are sent. They hold whatever was typed, so they go into code as literals of its language only. */
  readonly scopes: readonly string[]
}

// How a comment of one line begins and ends.
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

/** A template with each `«name»` replaced, once: what is filled in is not looked at again. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/«(\w+)»/g, (placeholder, name: string) => values[name] ?? placeholder)
}

/**
 * The files as one text. A single one stands alone, so that it can be redirected to a file; of
 * several, each begins with its name.
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
