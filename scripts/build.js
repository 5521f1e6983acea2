// Builds dist/: a code-split, minified bundle of the program and the library, its type declarations, and the licences
// of the bundled packages. CommonJS, because a process that loads even one ES module starts 4 ms later
// (docs/decisions/0009).
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { minifySync } from 'rolldown/utils'
import { lazyRequires } from './lazy-requires.js'
import { withLineBreaks } from './line-breaks.js'
import { withOnlyAscii } from './only-ascii.js'
import { ownLoads } from './own-loads.js'
import { ownNamespaces } from './own-namespaces.js'
import { shortExports } from './short-exports.js'

const root = join(import.meta.dirname, '..')

/**
 * The modules to combine in one file in dist/, in addition to the bundler's own grouping: each file takes a quarter of
 * a millisecond to load, and each 25 kB take a millisecond to compile. The first matching group gets a module; each is
 * loaded at its first use.
 */
const groups = {
  // For every command except --version, which the entry itself handles.
  core: [
    'core/(?!certificate-authority|der|json|no-proxy|protobuf|sha256|temporary-folder).*',
    'run',
    'plain-forms',
    'terminal/(?:foreign-content|marks|output|program-words|prompt|style|wrap)',
    'files/config-dir',
    'failures/(?:misplaced-secret|exit)',
    'http/interruption',
  ],
  requests: ['core/no-proxy', 'http/(?:answer-times|connect|connections|proxy|request|request-limits|retry)'],
  // Hides secrets in messages.
  masked: ['failures/(?:secret-shapes|masked)'],
  // With the reasons of a server's refusal.
  failures: ['failures/(?!placeholders).*', 'credentials/(?:rank-refusal-causes|refused-refresh-token)'],
  // For a token from the keychain.
  account: [
    'core/(?:json|sha256)',
    'commands/(?:refresh|token|shared/session)',
    'stores/(?:keychain-store|load-keyring|secret-store|store-name)',
    'accounts/(?:account-index|account-key|account-names|account-storage|cached-access-token|choose-account|credential|database-storage|eligible-accounts|environment-sub|used-codes)',
    'credentials/(?:access|client-file|key-cache|open-credentials|settings)',
    'files/(?:extracted-file|own-file|ownership|persistently|read-file)',
    'http/(?:json-answer|url-rule)',
    'oauth/(?:authorization-server|client|dpop-key|email|scopes)',
    'terminal/lines',
  ],
  // For other stores and several accounts.
  accounts: [
    'commands/accounts/.*',
    'stores/passphrase-file',
    'credentials/token-memory',
    'database/rotate-key',
    'accounts/(?:account-page|account-state.*|no-account-chosen|delete-account|move.*|rebuild-index)',
    'files/same-path',
  ],
  // For a PostgreSQL store.
  database: [
    'database/(?!rotate-key).*',
    'accounts/(?:open-database-storage|sealed-.*)',
    'stores/sealed-store',
    'commands/store',
  ],
  // For getting a new token.
  tokens: [
    'commands/shared/grant-report',
    'accounts/(?:environment-storage|locate-credential)',
    'stores/memory-store',
    'credentials/(?:account-warnings|grant|issuances|refresh|token-lifetime)',
    'oauth/(?:dpop|id-token|jwks|project-number|server-id-token|token-endpoint)',
    'files/.*',
  ],
  // For a command line with options.
  'command-line': [
    'command-line',
    'program',
    'terminal/(?:options|refuse-secret-arguments)',
    'commands/shared/(?:checklist-report|traced)',
    'doctor/checklist',
  ],
  // For --debug and --trace.
  trace: ['http/(?:trace|shown-values)', 'flows/.*', 'oauth/traced-id-token', 'credentials/traced-steps'],
  // When an ES module imports a CommonJS one, Node searches all of it for exports, so the entry itself is small.
  impersonation: [
    'emulator/impersonation/(?!extended|google-hosts).*',
    'commands/emulator/(?:impersonation|node-preload)',
    'foreground-program',
  ],
  google: ['emulator/(?!index).*', 'core/temporary-folder'],
  comparison: ['comparison/.*', 'commands/emulator/compare.*'],
  // For every server: of a redirect, of codes, and of the emulator.
  servers: ['core/(?:certificate-authority|der|protobuf)', 'http/listen', 'pages/colors'],
  emulator: ['commands/emulator/.*'],
  // With a command that is too small for a file of its own.
  help: ['commands/(?:help/.*|completion|id-token)', 'completion/scripts'],
  // For the Tab key.
  complete: ['completion/(?:bash-line|candidates|complete|written-tree)', 'accounts/stored-names'],
  // With a command that is too small for a file of its own.
  revoke: ['commands/(?:logout|revoke|whoami)', 'credentials/revoke', 'oauth/revocation'],
  // For a code, however it arrives.
  codes: [
    'terminal/(?:read-pasted-text|read-stdin)',
    'oauth/(?:pasted-code|redirect-uri)',
    'commands/shared/ask-after-store-failure',
  ],
  // For text that should be an ID token.
  'pasted-tokens': ['commands/export', 'oauth/(?:other-tokens|pasted-id-token)'],
  // For every kind of login.
  login: [
    'commands/login/.*',
    'credentials/(?:device-login|login|pending-login|two-step-login)',
    'oauth/(?:device-authorization|pasted-response|redirect-listener|result-page)',
    'terminal/(?:browser|browser-command|qr-code|remote-surroundings)',
  ],
  // For a code that is exchanged.
  'redeem-code': [
    'oauth/authorization-(?:error|request|response)',
    'credentials/(?:accept-tokens|keep-grant|redeem-code)',
    'backend/(?:growing-waits|retry-storing)',
  ],
  'flow-page': ['pages/flow-.*'],
  upload: ['terminal/progress', 'drive/(?!app-folder).*'],
  // For a list of the app folder.
  list: ['api/.*', 'commands/(?:drive/ls|shared/(?:google-api|keep-memory-small))', 'drive/app-folder'],
}

// The chunks of the commands that scripts run most often.
const frequent = new Set(['main', 'core', 'account', 'tokens', 'requests', 'list'])

// Built separately and swapped at the end: concurrent runs of dist/ find either the old build or the new one.
const next = join(root, 'dist.next')
rmSync(next, { recursive: true, force: true })
/**
 * Leaves out the key pairs of the age format, two thirds of its package: gsa encrypts with a passphrase only, and calls
 * none of the functions that would miss them.
 */
const onlyPassphrases = {
  name: 'only passphrases',
  transform: (code, id) => {
    if (!/[\\/]age-encryption[\\/]dist[\\/]index\.js$/.test(id)) return undefined
    const imports = /^import \{ (\w+), (\w+) \} from "\.\/recipients\.js";$/gm
    const without = code.replace(imports, (line, ...names) =>
      line.includes('Scrypt') ? line : `const [${names.slice(0, 2).join(', ')}] = [null, null];`,
    )
    if (without === code) throw new Error('age-encryption imports its recipients in another way')
    return { code: without, map: null }
  },
}

/**
 * Leaves packages the global process in place of node:process. The bundle would copy its members, also process.title:
 * that aborts Node 22 if the Windows console has an empty title, as after `start "" gsa` (nodejs/node#58695).
 */
const globalProcess = {
  name: 'global process',
  transform: (code) =>
    code.includes("from 'node:process'")
      ? { code: code.replace(/^import process from 'node:process';/m, ''), map: null }
      : undefined,
}

const bundle = await rolldown({
  input: {
    main: join(root, 'src/main.ts'),
    index: join(root, 'src/index.ts'),
    emulator: join(root, 'src/emulator/index.ts'),
    playwright: join(root, 'src/playwright/index.ts'),
  },
  platform: 'node',
  // Allows free grouping of modules: no program imports main, and the other entries get wrappers with their exports.
  preserveEntrySignatures: 'allow-extension',
  // The library's peer dependencies, which its user installs.
  external: ['@playwright/test', 'google-auth-library', 'pg'],
  plugins: [ownLoads, onlyPassphrases, globalProcess],
  // None of our modules has side effects when loaded.
  treeshake: { moduleSideEffects: (id) => (id.includes('node_modules') ? undefined : false) },
})
const { output } = await bundle.write({
  dir: next,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  // Kept separately: the maps are larger than the program, and only maintainers need them (scripts/read-stack.js).
  sourcemap: 'hidden',
  comments: false,
  // Line breaks stay in the library, so that a stack trace in a program that uses it shows one line of code.
  minify: { compress: true, mangle: true, codegen: { removeWhitespace: false } },
  chunkFileNames: (chunk) => `${nameOfPackages(chunk) ?? '[name]'}-[hash].cjs`,
  plugins: [
    shortExports,
    ownNamespaces,
    lazyRequires,
    { name: 'no white space', generateBundle: (_, files) => withoutWhiteSpace(files) },
  ],
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: Object.entries(groups).map(([name, modules]) => ({
      name,
      test: new RegExp(`/src/(?:${modules.join('|')})\\.ts$`),
    })),
  },
})
await bundle.close()

const maps = join(root, 'dist.maps')
rmSync(maps, { recursive: true, force: true })
mkdirSync(maps)
for (const file of readdirSync(next).filter((name) => name.endsWith('.map')))
  renameSync(join(next, file), join(maps, file))

// For programs that are ES modules. Others require the chunks themselves.
for (const { name, exports, isEntry } of output)
  if (isEntry && name !== 'main')
    writeFileSync(join(next, `${name}.js`), `export { ${exports.join(', ')} } from './${name}.cjs'\n`)

writeFileSync(join(next, 'command-tree.json'), JSON.stringify(await commandTree()))

const types = join(next, 'types')
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', types],
  { cwd: root, stdio: 'inherit' },
)
joinDeclarations(types, {
  index: 'index.d.ts',
  emulator: 'emulator/index.d.ts',
  playwright: 'playwright/index.d.ts',
})

rmSync(join(root, 'dist'), { recursive: true, force: true })
renameSync(next, join(root, 'dist'))

writeFileSync(join(root, 'THIRD_PARTY_LICENSES'), licences(output.flatMap(bundledModules)))

/**
 * Returns the tree of all commands from src/command-tree.ts: bundles it separately, runs it here, and deletes it again.
 */
async function commandTree() {
  const folder = join(root, 'node_modules/.command-tree')
  try {
    const program = await rolldown({ input: join(root, 'src/command-tree.ts'), platform: 'node', plugins: [ownLoads] })
    await program.write({ dir: folder, format: 'esm', entryFileNames: 'command-tree.js' })
    await program.close()
    const described = await import(pathToFileURL(join(folder, 'command-tree.js')).href)
    return await described.commandTree()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Returns a third-party chunk's name for stack traces: the imported package. Returns undefined for our own chunks. */
function nameOfPackages({ facadeModuleId, moduleIds }) {
  const folders = moduleIds.filter((id) => !id.startsWith('\0')).map(packageFolder)
  const own = folders.filter((folder) => folder === undefined).length
  if (own >= folders.length / 5) return undefined
  const folder = packageFolder(facadeModuleId ?? '') ?? folders.find((candidate) => candidate !== undefined)
  return folder
    .slice(folder.lastIndexOf('node_modules') + 'node_modules/'.length)
    .replace(/[@\\/]+/g, '-')
    .replace(/^-/, '')
}

/**
 * Removes the white space, a fifth of the size and a third of third-party code, and keeps the source maps of our code
 * valid. The library has a line for each statement, because an uncaught error prints the line of its place.
 */
function withoutWhiteSpace(files) {
  const ofLibrary = chunksFrom(files, ['index.cjs', 'emulator.cjs', 'playwright.cjs'])
  for (const [fileName, file] of Object.entries(files)) {
    if (file.type !== 'chunk') continue
    const lengths = bundledModules(file).map((id) => [packageFolder(id), file.modules[id].renderedLength])
    const sum = (pairs) => pairs.reduce((total, [, length]) => total + length, 0)
    const isOurs = sum(lengths.filter(([folder]) => folder === undefined)) > sum(lengths) / 10
    const map = isOurs ? files[`${fileName}.map`] : undefined
    const minified = minifySync(fileName, file.code, {
      module: false,
      mangle: { toplevel: true },
      ...(map === undefined ? {} : { sourcemap: true, inputMap: JSON.parse(map.source) }),
    })
    const hasLines = isOurs && ofLibrary.has(fileName)
    const ascii = frequent.has(file.name) ? withOnlyAscii(fileName, minified.code, minified.map) : minified
    const { code, map: newMap } = hasLines ? withLineBreaks(fileName, ascii.code, ascii.map) : ascii
    file.code = code
    if (map !== undefined) map.source = JSON.stringify(newMap)
  }
}

/** Returns the names of these chunks and of those that they load, directly or through others, but not the program. */
function chunksFrom(files, names) {
  const found = new Set(names)
  for (const name of found) {
    const { imports = [], dynamicImports = [] } = files[name] ?? {}
    // The library uses a part of this chunk, but not its commands.
    const isOfProgram = name.startsWith('run-')
    for (const other of isOfProgram ? imports : [...imports, ...dynamicImports])
      if (other !== 'main.cjs') found.add(other)
  }
  return found
}

/**
 * Replaces the declarations by one file for each entry and one for all that they share: each file and folder takes a
 * disk block. Declarations that no entry needs are left out. They describe CommonJS; for ES modules, which can import
 * it, each entry also has a file that exports the same. The reverse would not compile.
 */
function joinDeclarations(folder, entries) {
  const files = new Set(Object.values(entries).map((file) => join(folder, file)))
  for (const file of files)
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom |\bimport\()['"](\..+?)\.ts['"]/g))
      files.add(join(dirname(file), `${specifier}.d.ts`))
  const texts = new Map([...files].map((file) => [file, readFileSync(file, 'utf8')]))
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  const isEntry = (file) => Object.values(entries).some((entry) => join(folder, entry) === file)
  const shared = [...texts].filter(([file]) => !isEntry(file)).map(([, text]) => withoutSpecifiers(text))
  const names = Object.values(entries).flatMap((entry) => texts.get(join(folder, entry)).match(/\b\w+\b/g))
  writeFileSync(join(folder, 'shared.d.cts'), joined(shared.join(''), new Set(names)))
  for (const [name, entry] of Object.entries(entries)) {
    const text = texts.get(join(folder, entry)).replace(/(['"])\.{1,2}\/.+?\.ts\1/g, "'./shared.cjs'")
    writeFileSync(join(folder, `${name}.d.cts`), text)
    writeFileSync(join(folder, `${name}.d.ts`), `export * from './${name}.cjs';\n`)
  }
}

/** Returns declarations without imports of each other and without exports of others' names. */
function withoutSpecifiers(text) {
  return text
    .replace(/^(?:import|export) (?:type )?\{[^}]*\} from '\..*';\n/gm, '')
    .replace(/^export \{\};\n/gm, '')
    .replace(/import\(['"]\..+?['"]\)\./g, '')
}

/** Returns the imports of several declarations, one for each module: a name may be imported only once. */
function joinedImports(text) {
  const modules = new Map()
  for (const line of text.match(/^import .*;$/gm) ?? []) {
    const [, kind, names, from] = /^import( type)? \{(.*)\} from (.*);$/.exec(line) ?? []
    if (names === undefined) throw new Error(`cannot join: ${line}`)
    const known = modules.get(from) ?? new Set()
    for (const name of names.split(',')) known.add(`${kind ?? ''} ${name}`.replace(/\s+/g, ' ').trim())
    modules.set(from, known)
  }
  return [...modules]
    .map(([from, known]) => {
      // A name that is imported as a value is a type, too.
      const names = [...known].filter((name) => !known.has(name.replace(/^type /, '')) || !name.startsWith('type '))
      return `import { ${names.join(', ')} } from ${from};\n`
    })
    .join('')
}

/**
 * Returns the joined declarations that the entries need. Most rows of the failure table have no details, which is a
 * long type.
 */
function joined(text, needed) {
  const imports = joinedImports(text)
  const declared = [...text.matchAll(/^(?:export )?(?:declare )?(?:const|function|class|interface|type) (\w+)/gm)]
  const repeated = declared.map(([, name]) => name).filter((name, at, names) => names.indexOf(name) !== at)
  if (repeated.length > 0) throw new Error(`declared twice: ${repeated.join(', ')}`)
  const row = /FailureRow<Readonly<\{\s+\[x: string\]: never;\s+\}>>/g
  const rows = 'type PlainRow = Row<Record<string, never>>;\ntype Row<Details> = FailureRow<Readonly<Details>>;\n'
  const body = text
    .replace(/^import .*;\n/gm, '')
    .replace(row, 'PlainRow')
    .replace(/\bFailureRow<Readonly<(\{[^{}]*\})>>/g, 'Row<$1>')
  const declarations = `${imports}${reachable(`${rows}${body}`, needed)}`
  return declarations.replace(/^(?: {4})+/gm, (indentation) => ' '.repeat(indentation.length / 4))
}

/** Returns the declarations that these names need, directly or through others. */
function reachable(text, names) {
  const all = text
    .split(/^(?=\/\*\*|(?:export |declare )*(?:const|function|class|interface|type|abstract) )/m)
    // A docstring belongs to the declaration after it.
    .reduce((parts, part) => {
      const previous = parts.at(-1)
      if (previous?.startsWith('/**') && /\*\/\s*$/.test(previous)) return [...parts.slice(0, -1), previous + part]
      return [...parts, part]
    }, [])
    .map((part) => ({
      part,
      name: /^(?:export |declare )*(?:const|function|class|interface|type) (\w+)/m.exec(part)?.[1],
    }))
  const kept = new Set()
  const keep = (name) => {
    const found = all.find((one) => one.name === name)
    if (found === undefined || kept.has(found)) return
    kept.add(found)
    for (const [word] of found.part.replace(/\/\*\*[^]*?\*\//g, '').matchAll(/\b\w+\b/g)) keep(word)
  }
  for (const name of names) keep(name)
  return all.flatMap((one) => (kept.has(one) ? [one.part] : [])).join('')
}

/** Returns the IDs of a chunk's modules that have code left after tree shaking. */
function bundledModules(chunk) {
  return chunk.type === 'chunk' ? chunk.moduleIds.filter((id) => chunk.modules[id].renderedLength > 0) : []
}

/**
 * Returns the licences of these modules' packages: each text once, below the names and copyright notices of all
 * packages that have it. Of two licences, we choose MIT.
 */
function licences(moduleIds) {
  const packages = [...new Set(moduleIds.flatMap((id) => packageFolder(id) ?? []))].map((folder) => {
    const files = readdirSync(folder).filter((entry) => /^licen[cs]e/i.test(entry))
    const file = files.find((entry) => /mit/i.test(entry)) ?? files[0]
    const text = file === undefined ? undefined : readFileSync(join(folder, file), 'utf8').trim()
    return { ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')), text }
  })
  const byTerms = new Map()
  for (const { name, version, license, repository, text: own } of packages) {
    // A package in a monorepo may leave the file to a sibling package.
    const isNeighbour = (other) => other.license === license && other.repository?.url === repository.url
    const text = own ?? packages.find((other) => other.text !== undefined && isNeighbour(other))?.text
    if (text === undefined) throw new Error(`${name} has no licence text`)
    const { notice, terms } = partsOfLicence(text)
    // Line breaks and quotation marks differ between packages.
    const words = terms.replace(/[“”‘’'"]+/g, '"').replace(/\s+/g, ' ')
    const { notices } = byTerms.get(words) ?? byTerms.set(words, { terms, notices: new Map() }).get(words)
    notices.set(notice, [...(notices.get(notice) ?? []), `${name} ${version} (${license})`])
  }
  return [...byTerms.values()]
    .map(({ terms, notices }) => {
      const heads = [...notices].map(([notice, names]) => `${names.toSorted().join('\n')}\n${notice}\n`)
      return `${heads.toSorted((a, b) => a.localeCompare(b)).join('\n')}\n${terms}\n`
    })
    .toSorted((a, b) => a.localeCompare(b))
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** Returns the copyright notice above the terms of a licence, and the terms without their title. */
function partsOfLicence(text) {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => /^(?:permission|redistribution)\b/i.test(line))
  const head = lines.slice(0, Math.max(0, start)).filter((line) => line.trim() !== '')
  const notice = head.filter((line) => !/^\(?(?:the )?(?:mit|isc) license(?: \(mit\))?\)?$/i.test(line.trim()))
  if (!notice.some((line) => /copyright/i.test(line))) throw new Error(`a licence without a copyright notice: ${text}`)
  return { notice: notice.join('\n'), terms: lines.slice(start).join('\n') }
}

/** Returns the folder of a module's package; undefined for our own modules. */
function packageFolder(moduleId) {
  const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(moduleId)
  return match === null ? undefined : match[1]
}
