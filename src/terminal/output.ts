import type { Environment } from '../core/environment.ts'
import { safeJson, safeText } from '../core/safe-to-print.ts'
import { Failure, fileProblem, masked, withoutKnownSecrets } from '../failures/index.ts'
import { createStyle, type Style } from './style.ts'
import type { Surroundings, TerminalOutput } from './surroundings.ts'
import { terminalText } from './foreign-content.ts'
import { wrapLines } from './wrap.ts'

/** How a run talks: the result on stdout and nothing else, everything else on stderr. */
export interface Output {
  readonly isJson: boolean
  /** Styles for text on stdout. */
  readonly style: Style
  /** Styles for text on stderr. */
  readonly noteStyle: Style
  /**
   * The result: one JSON document with `--json`, else the text, wrapped to the terminal. Values from servers must have gone
   * through `safeText`.
   */
  result(value: unknown, text: () => string): Promise<void>
  /** Whether whoever read stdout has gone away (`gsa … | head`): what is written goes nowhere, and need not be made. */
  isUnread(): boolean
  /** Part of a result that is written as it comes, exactly as given. @throws Failure `output_failed` */
  write(chunk: string | Uint8Array): Promise<void>
  /** Writes lines of a result for people, wrapped to the terminal. @throws Failure `output_failed` */
  writeLines(text: string): Promise<void>
  /**
   * Returns what writes a result of somebody else's, piece by piece: byte for byte, except on a terminal, which it
   * could command. Calling it without a piece says that nothing more comes.
   * @throws Failure `binary_on_terminal`, `output_failed` (the function that is returned)
   */
  contentWriter(): (piece?: Uint8Array) => Promise<void>
  /**
   * Something worth knowing that is not the result. Silent with `--quiet`. With `--json` it waits for
   * {@link flushNotes}, so that on a failure the error document is all there is on stderr.
   */
  readonly note: (text: string) => void
  /** A warning with what to do about it. Silent with `--quiet`. */
  warn(warning: { readonly message: string; readonly fix: string }): void
  /**
   * What somebody who waits must see now: an address to open, an answer that was turned
   * away. Shown even with `--quiet`.
   */
  important(text: string): void
  /**
   * Names a server that is not Google's, before anything is sent to it. Shown even with `--quiet`. With `--json`, one
   * on this machine waits for {@link flushNotes}: the error document must be all there is on stderr.
   */
  notice(text: string, isOnThisMachine: boolean): void
  /**
   * Shows a text as it is, whatever is in it: the address to open, a token that somebody asked to
   * see. Shown even with `--quiet`.
   */
  disclose(text: string): void
  /** What a server tells as it happens, also with `--json`. Silent with `--quiet`. */
  log(text: string): void
  /**
   * A line that is drawn over and over, such as how far something is. On a terminal only, and not with `--quiet` or
   * `--json`; whatever else is said takes its place.
   */
  readonly status: ((text: string) => void) | undefined
  /** A failure, as text or as the JSON document of the contract. */
  failure(failure: Failure): void
  /** Shows the notes that waited; called when the run went well. */
  flushNotes(): void
  /** Where `--debug` writes; undefined without it. */
  readonly trace: ((line: string) => void) | undefined
}

/**
 * The flags that shape the output. They are read before anything is parsed, so that a wrong flag
 * is reported in the right form.
 */
export interface OutputFlags {
  readonly json: boolean
  readonly quiet: boolean
  readonly debug: boolean
  readonly color: boolean
}

const eraseLine = '\r\u001b[K'

/** Makes the {@link Output} of a run. */
export async function createOutput({ stdout, stderr, env }: Surroundings, flags: OutputFlags): Promise<Output> {
  const style = await createStyle(hasColor(stdout, env, flags))
  const noteStyle = await createStyle(hasColor(stderr, env, flags))
  let isDrawn = false
  const disclose = (text: string): void => {
    stderr.write(`${isDrawn ? eraseLine : ''}${text}\n`)
    isDrawn = false
  }
  const say = (text: string): void => disclose(fitted(masked(text), stderr))
  const draw = (text: string): void => {
    // A line that wraps could not be drawn over.
    stderr.write(`${eraseLine}${masked(text).slice(0, (stderr.columns ?? 80) - 1)}`)
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
  const waiting: string[] = []
  const note = (text: string): void => {
    if (flags.quiet) return
    if (flags.json) waiting.push(text)
    else say(text)
  }
  return {
    isJson: flags.json,
    style,
    noteStyle,
    write,
    contentWriter,
    disclose,
    result: (value, text) => write(flags.json ? `${safeJson(value)}\n` : `${fitted(text(), stdout)}\n`),
    writeLines: (text) => write(`${fitted(text, stdout)}\n`),
    isUnread: () => unread,
    note,
    warn: ({ message, fix }) => note(`${noteStyle.yellow('Warning:')} ${safeText(message)}\n         ${safeText(fix)}`),
    flushNotes: () => waiting.splice(0).forEach(say),
    important: say,
    notice(text, isOnThisMachine) {
      if (flags.json && isOnThisMachine) waiting.push(text)
      else say(text)
    },
    log: (text) => {
      if (!flags.quiet) say(text)
    },
    // Its details are masked already, and an id among them must stay whole.
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

function fitted(text: string, { isTTY = false, columns = 0 }: TerminalOutput): string {
  return isTTY && columns > 0 ? wrapLines(text, columns) : text
}

function hasColor(stream: TerminalOutput, env: Environment, flags: OutputFlags): boolean {
  // no-color.org: present and not empty.
  return stream.isTTY === true && flags.color && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

function failureDocument({ code, causeText, fix, exitCode, details }: Failure): Readonly<Record<string, unknown>> {
  return { code, message: causeText, cause: causeText, fix, exitCode, details }
}
