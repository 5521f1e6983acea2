import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

// The layer table. A folder that is not a key here, and an import that is not listed, is refused.
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  flows: ['core'],
  failures: ['core'],
  http: ['failures', 'flows', 'core'],
  pages: ['flows', 'core'],
  oauth: ['pages', 'flows', 'http', 'failures', 'core'],
  files: ['http', 'failures', 'core'],
  database: ['files', 'http', 'failures', 'core'],
  stores: ['database', 'files', 'failures', 'core'],
  accounts: ['stores', 'database', 'oauth', 'files', 'http', 'failures', 'core'],
  credentials: ['accounts', 'stores', 'database', 'oauth', 'files', 'http', 'failures', 'flows', 'core'],
  api: ['http', 'failures', 'core'],
  drive: ['api', 'files', 'http', 'failures', 'core'],
  backend: ['credentials', 'accounts', 'oauth', 'http', 'failures', 'core'],
  snippets: ['oauth'],
  completion: ['core'],
  emulator: ['pages', 'flows', 'core'],
  playwright: ['emulator'],
  comparison: ['http', 'failures', 'core'],
  diagnosis: ['failures', 'core'],
  doctor: [
    'diagnosis',
    'credentials',
    'accounts',
    'stores',
    'drive',
    'api',
    'oauth',
    'files',
    'http',
    'failures',
    'core',
    'emulator',
  ],
  terminal: ['files', 'failures', 'flows', 'core'],
  commands: [
    'comparison',
    'completion',
    'diagnosis',
    'doctor',
    'backend',
    'snippets',
    'credentials',
    'accounts',
    'stores',
    'database',
    'drive',
    'api',
    'files',
    'oauth',
    'pages',
    'flows',
    'http',
    'failures',
    'core',
    'emulator',
    'terminal',
  ],
  'program.ts': ['commands', 'terminal', 'failures'],
  'command-line.ts': ['program.ts', 'terminal', 'failures'],
  'plain-forms.ts': ['commands', 'terminal'],
  'run.ts': ['command-line.ts', 'plain-forms.ts', 'terminal', 'failures'],
  'ctrl-c.ts': ['terminal', 'http'],
  'command-tree.ts': ['program.ts', 'commands', 'completion', 'terminal', 'oauth'],
  'foreground-program.ts': ['terminal', 'core'],
  'main.ts': ['run.ts', 'ctrl-c.ts', 'foreground-program.ts', 'completion', 'terminal', 'accounts', 'http', 'core'],
  'index.ts': ['credentials', 'accounts', 'stores', 'database', 'oauth', 'http', 'failures', 'core'],
}

// The emulator's layers, each with those that it may import: data at the bottom, Google's responses above it, the
// server on top.
const emulatorMayImport: Readonly<Record<string, readonly string[]>> = {
  records: [],
  keys: ['records'],
  browser: [],
  http: ['records'],
  answers: ['http', 'records'],
  faults: ['answers', 'http', 'keys', 'records'],
  'local-google.ts': ['faults', 'keys', 'records'],
  pages: ['flows', 'local-google.ts', 'faults', 'answers', 'http', 'records'],
  flows: ['local-google.ts', 'records'],
  gsi: ['local-google.ts', 'answers', 'http', 'records'],
  oauth: ['pages', 'local-google.ts', 'faults', 'answers', 'http', 'keys', 'records'],
  drive: ['local-google.ts', 'faults', 'answers', 'http', 'records'],
  control: ['oauth', 'drive', 'pages', 'flows', 'local-google.ts', 'faults', 'http', 'keys', 'records'],
  server: ['control', 'gsi', 'oauth', 'drive', 'pages', 'local-google.ts', 'faults', 'answers', 'http', 'records'],
  impersonation: ['http', 'keys', 'records'],
  'own-certificate.ts': ['impersonation'],
  'start.ts': [
    'own-certificate.ts',
    'impersonation',
    'flows',
    'server',
    'control',
    'oauth',
    'local-google.ts',
    'faults',
    'keys',
    'records',
  ],
  'index.ts': ['start.ts', 'flows', 'oauth', 'browser', 'local-google.ts', 'control', 'records'],
}

const source = join(import.meta.dirname, '../src')
const docs = join(import.meta.dirname, '../docs')
const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(source, join(entry.parentPath, entry.name)))

const roomOf = (file: string): string => file.split(/[\\/]/)[0] ?? file

// Static and dynamic imports, re-exports, and import types.
const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"]+)\1/g

/** Returns a file's text without the programs that gsa snippet prints, which are not run here. */
function codeOf(file: string): string {
  return readFileSync(join(source, file), 'utf8').replace(/String\.raw`[^`]*`/g, '')
}

/** Returns our files that a file imports, types included, as paths below src/. */
function importsOf(file: string): string[] {
  return [...codeOf(file).matchAll(importPattern)]
    .map((match) => match[2] ?? '')
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(source, resolve(source, dirname(file), specifier)))
}

/** Returns a file's imports from other layers that the table does not allow. */
function forbiddenImports(
  file: string,
  table: Readonly<Record<string, readonly string[]>>,
  roomIn: (file: string) => string | undefined,
): string[] {
  const room = roomIn(file) ?? ''
  return importsOf(file).filter((target) => {
    const other = roomIn(target)
    return other !== undefined && other !== room && table[room]?.includes(other) !== true
  })
}

const emulatorRoomOf = (file: string): string | undefined => {
  const [house, room] = file.split(/[\\/]/)
  return house === 'emulator' ? room : undefined
}

/** Returns whether a layer may import another one, directly or indirectly. */
function reaches(room: string, other: string): boolean {
  return mayImport[room]?.some((next) => next === other || reaches(next, other)) === true
}

/** Returns the table as a diagram, without the arrows that follow from others. */
function diagram(): string {
  const arrows = Object.entries(mayImport).flatMap(([room, others]) =>
    others
      .filter((other) => !others.some((between) => reaches(between, other)))
      .map((other) => `  ${room} --> ${other}`),
  )
  return ['```mermaid', 'flowchart TD', ...arrows, '```'].join('\n')
}

describe('the source layout', () => {
  test('is drawn in docs/house.md as the table has it (npx vitest run test/layers.test.ts --update)', async () => {
    const page = readFileSync(join(docs, 'house.md'), 'utf8')
    await expect(page.replace(/```mermaid\n[^]*?```/, diagram)).toMatchFileSnapshot(join(docs, 'house.md'))
  })

  test.each(Object.keys(mayImport))('has a line about %s in docs/house.md', (room) => {
    expect(readFileSync(join(docs, 'house.md'), 'utf8')).toContain(`src/${room}`)
  })

  test('traces flows in docs/house.md through existing files', () => {
    const page = readFileSync(join(docs, 'house.md'), 'utf8')
    const flows = page.slice(page.indexOf('## A pasted code'))
    const named = [...flows.matchAll(/`([a-z]+(?:\/[a-z-]+)+)`/g)].map(([, path = '']) => join(`${path}.ts`))
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((path) => !files.includes(path))).toEqual([])
  })

  test('has no layer that is missing from the table', () => {
    expect(files.map(roomOf).filter((room) => mayImport[room] === undefined)).toEqual([])
  })

  test('has no table entry without a layer', () => {
    expect(Object.keys(mayImport).filter((room) => !files.some((file) => roomOf(file) === room))).toEqual([])
  })

  test.each(files)('%s imports only what its layer may', (file) => {
    expect(forbiddenImports(file, mayImport, roomOf)).toEqual([])
  })

  test.each(files.filter((file) => emulatorRoomOf(file) !== undefined))(
    '%s imports only what its emulator layer may',
    (file) => {
      expect(emulatorMayImport[emulatorRoomOf(file) ?? '']).toBeDefined()
      expect(forbiddenImports(file, emulatorMayImport, emulatorRoomOf)).toEqual([])
    },
  )

  test('has one command per file in commands/, or per folder with a file of its name, besides shared code', () => {
    const places = files
      .filter((file) => roomOf(file) === 'commands' && !file.startsWith(join('commands', 'shared')))
      .map((file) => file.split(/[\\/]/))
    const folders = new Set(places.filter(({ length }) => length === 3).map(([, folder = '']) => folder))
    for (const folder of folders) expect(files).toContain(join('commands', folder, `${folder}.ts`))
    for (const [, name = ''] of places.filter(({ length }) => length === 2))
      expect(codeOf(join('commands', name))).toMatch(/^export function \w+Command\(/m)
  })

  test('uses the process object only in main.ts, for signals, for the libraries, and in a script for another process', () => {
    const offenders = files.filter(
      (file) =>
        ![
          'main.ts',
          'ctrl-c.ts',
          'foreground-program.ts',
          'index.ts',
          'emulator/start.ts',
          'commands/emulator/namespace-script.ts',
          'emulator/impersonation/browser-script.ts',
        ].includes(file) && /\bprocess\.(?:argv|env|exit\b|exitCode|stdin|stdout|stderr|on\()/.test(codeOf(file)),
    )
    expect(offenders).toEqual([])
  })

  test('generates keys where Node 20 can export them, in src/core/key-pair.ts only', () => {
    const offenders = files.filter((file) => file !== 'core/key-pair.ts' && /\bgenerateKeyPair\w*\(/.test(codeOf(file)))
    expect(offenders).toEqual([])
  })

  test('loads node:http late, because importing it costs 24 ms on Node 22 and 24', () => {
    const offenders = files.filter((file) => /^import (?!type )[^\n]*from 'node:https?'/m.test(codeOf(file)))
    expect(offenders).toEqual([])
  })
})
