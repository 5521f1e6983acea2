import type { Environment } from '../core/environment.ts'
import { safeJson, safeText } from '../core/safe-to-print.ts'
import { Failure, fileProblem, masked, withoutKnownSecrets } from '../failures/index.ts'
import { createStyle, type Style } from './style.ts'
import type { PlainOutput, Surroundings, TerminalOutput } from './surroundings.ts'
import { terminalText } from './foreign-content.ts'
import { marksInAscii, showsUnicode } from './marks.ts'
import { wrapLines } from './wrap.ts'

/** The output of a run: only the result goes to stdout, everything else to stderr. */
export interface Output {
  readonly isJson: boolean
  /** Whether the locale can show more than ASCII. */
  readonly isUnicode: boolean
  /** Styles for text on stdout. */
  readonly style: Style
  /** Styles for text on stderr. */
  readonly noteStyle: Style
  /**
   * Writes the result: one JSON document with `--json`, else the text, wrapped to the terminal. Pass values from
   * servers through `safeText`.
   */
  result(value: unknown, text: () => string): Promise<void>
  /** Returns whether the reader of stdout is gone (`gsa … | head`), so that more output is pointless. */
  isUnread(): boolean
  /** Writes part of a result immediately and unchanged. @throws Failure `output_failed` */
  write(chunk: string | Uint8Array): Promise<void>
  /** Writes lines of a result for people, wrapped to the terminal. @throws Failure `output_failed` */
  writeLines(text: string): Promise<void>
  /**
   * Returns a function that writes untrusted content, piece by piece: unchanged, except on a terminal, which the
   * content could control. Call it without a piece at the end.
   * @throws Failure `binary_on_terminal`, `output_failed` (the function that is returned)
   */
  contentWriter(): (piece?: Uint8Array) => Promise<void>
  /**
   * Writes a note that is not part of the result. Silent with `--quiet`. With `--json`, it waits for {@link
   * flushNotes}, so that stderr has only the error document after a failure.
   */
  readonly note: (text: string) => void
  /** Writes a note that is the same in every run, so that it need not be searched for secrets, which takes 2 ms. */
  readonly fixedNote: (text: string) => void
  /** Writes a warning and its fix. Silent with `--quiet`. */
  warn(warning: { readonly message: string; readonly fix: string }): void
  /**
   * Writes what the user must see immediately: an address to open, an ignored response. Shown even with `--quiet`.
   */
  important(text: string): void
  /**
   * Names a server that is not Google's, before anything is sent to it. Shown even with `--quiet`. With `--json`, a
   * server on this machine waits for {@link flushNotes}: stderr must have only the error document after a failure.
   * @param hasNoSecret whether the text need not be searched for secrets
   */
  notice(text: string, isOnThisMachine: boolean, hasNoSecret: boolean): void
  /**
   * Writes a text without masking secrets: an address to open, a token that the user asked for. Shown even with
   * `--quiet`.
   */
  disclose(text: string): void
  /** Writes a server's log entry immediately, even with `--json`. Silent with `--quiet`. */
  log(text: string): void
  /** Writes a server's log entry that is one line for programs, unwrapped, with ids complete. Silent with `--quiet`. */
  logLine(line: string): void
  /**
   * Draws a status line over the previous one, such as progress. Only on a terminal, without `--quiet` and `--json`.
   * Other output replaces it.
   */
  readonly status: ((text: string) => void) | undefined
  /** Writes a failure, as text or as the documented JSON. */
  failure(failure: Failure): void
  /** Writes the held notes; called after a successful run. */
  flushNotes(): void
  /** Writes a line of `--debug`; undefined without it. */
  readonly trace: ((line: string) => void) | undefined
}

/**
 * The flags that control the output. They are read before parsing, so that a usage error has the right format.
 */
export interface OutputFlags {
  readonly json: boolean
  readonly quiet: boolean
  readonly debug: boolean
  readonly color: boolean
}

const eraseLine = '\r\u001b[K'

/** Makes the {@link Output} of a run. */
export async function createOutput(
  { stdout, stderr, env, platform }: Surroundings,
  flags: OutputFlags,
): Promise<Output> {
  const style = await createStyle(hasColor(stdout, env, flags))
  const noteStyle = await createStyle(hasColor(stderr, env, flags))
  const isUnicode = showsUnicode(env, platform)
  const marked = (text: string): string => (isUnicode ? text : marksInAscii(text))
  const fitted = (text: string, stream: TerminalOutput | PlainOutput): string => fittedTo(marked(text), stream)
  let isDrawn = false
  const disclose = (text: string): void => {
    stderr.write(`${isDrawn ? eraseLine : ''}${text}\n`)
    isDrawn = false
  }
  const sayUnsearched = (text: string): void => disclose(fitted(text, stderr))
  const say = (text: string): void => sayUnsearched(masked(text))
  const draw = (text: string): void => {
    // A wrapped line could not be overwritten.
    stderr.write(`${eraseLine}${marked(masked(text)).slice(0, (stderr.columns ?? 80) - 1)}`)
    isDrawn = text !== ''
  }
  let unread = false
  const write = (chunk: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isDrawn) draw('')
      stdout.write(chunk, (error) => {
        if (error == null) resolve()
        else if ((error as NodeJS.ErrnoException).code === 'EPIPE') {
          unread = true
          resolve()
        } else reject(new Failure('output_failed', { problem: fileProblem(error) }, { cause: error }))
      })
    })
  const contentWriter = (): ((piece?: Uint8Array) => Promise<void>) => {
    if (stdout.isTTY !== true) return async (piece) => (piece === undefined ? undefined : write(piece))
    const safe = terminalText()
    return async (piece) => write(safe(piece))
  }
  const waiting: (() => void)[] = []
  const noteBy = (sayNote: (text: string) => void) => (text: string) => {
    if (flags.quiet) return
    if (flags.json) waiting.push(() => sayNote(text))
    else sayNote(text)
  }
  const note = noteBy(say)
  return {
    isJson: flags.json,
    isUnicode,
    style,
    noteStyle,
    write,
    contentWriter,
    disclose,
    result: (value, text) => write(flags.json ? `${safeJson(value)}\n` : `${fitted(text(), stdout)}\n`),
    writeLines: (text) => write(`${fitted(text, stdout)}\n`),
    isUnread: () => unread,
    note,
    fixedNote: noteBy(sayUnsearched),
    warn: ({ message, fix }) => note(`${noteStyle.yellow('Warning:')} ${safeText(message)}\n         ${safeText(fix)}`),
    flushNotes: () => waiting.splice(0).forEach((sayNext) => sayNext()),
    important: say,
    notice(text, isOnThisMachine, hasNoSecret) {
      const sayNotice = hasNoSecret ? sayUnsearched : say
      if (flags.json && isOnThisMachine) waiting.push(() => sayNotice(text))
      else sayNotice(text)
    },
    log: (text) => {
      if (!flags.quiet) say(text)
    },
    logLine: (line) => {
      if (!flags.quiet) disclose(withoutKnownSecrets(line))
    },
    // The details are already masked, and ids in them must remain complete.
    failure: (failure) => {
      if (flags.json) disclose(safeJson({ error: failureDocument(failure) }))
      else if (failure.code === 'interrupted') disclose(failure.causeText)
      else {
        const fix = failure.fix.replaceAll('\n', '\n       ')
        disclose(fitted(`${noteStyle.red('Error:')} ${failure.causeText}\n       ${fix}`, stderr))
      }
    },
    status: stderr.isTTY === true && !flags.quiet && !flags.json && env['TERM'] !== 'dumb' ? draw : undefined,
    trace: flags.debug ? (line) => disclose(noteStyle.dim(withoutKnownSecrets(line))) : undefined,
  }
}

function fittedTo(text: string, { isTTY = false, columns = 0 }: TerminalOutput | PlainOutput): string {
  return isTTY && columns > 0 ? wrapLines(text, columns) : text
}

function hasColor(stream: TerminalOutput | PlainOutput, env: Environment, flags: OutputFlags): boolean {
  // no-color.org: set and not empty.
  return stream.isTTY === true && flags.color && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

function failureDocument({ code, causeText, fix, exitCode, details }: Failure): Readonly<Record<string, unknown>> {
  return { code, message: causeText, cause: causeText, fix, exitCode, details }
}
