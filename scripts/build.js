// Builds dist/: a code-split, minified bundle of the program and the library, its type declarations, and the licences of
// what was bundled. CommonJS, because a process that loads a single ES module starts 4 ms later (docs/decisions/0009).
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { lazyRequires } from './lazy-requires.js'

const root = join(import.meta.dirname, '..')

// Built beside it and swapped at the end: whoever runs dist/ meanwhile finds all of the old one or all of the new one.
const next = join(root, 'dist.next')
rmSync(next, { recursive: true, force: true })
const bundle = await rolldown({
  input: {
    main: join(root, 'src/main.ts'),
    index: join(root, 'src/index.ts'),
    emulator: join(root, 'src/emulator/index.ts'),
  },
  platform: 'node',
  // A native module cannot be bundled; it is the one dependency that is installed.
  external: ['@napi-rs/keyring', 'google-auth-library'],
  // No module of ours does anything by being loaded.
  treeshake: { moduleSideEffects: (id) => id.includes('node_modules') },
})
const { output } = await bundle.write({
  dir: next,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  // Line breaks stay: a stack trace of a program that uses the library should show a line, not a wall.
  minify: { compress: true, mangle: true, codegen: { removeWhitespace: false } },
  chunkFileNames: '[name]-[hash].cjs',
  plugins: [lazyRequires],
  // What each run needs lies together, because each file takes a quarter of a millisecond; what few need lies apart.
  codeSplitting: {
    groups: [
      { name: 'core', test: /src\/(?:failures\/(?:secret|safe-text|exit)|http\/interruption|terminal\/version)\.ts$/ },
      { name: 'failures', test: /src\/failures\// },
    ],
  },
})
await bundle.close()

// Programs import the library as ES modules.
for (const { name, exports, isEntry } of output)
  if (isEntry && name !== 'main')
    writeFileSync(join(next, `${name}.js`), `export { ${exports.join(', ')} } from './${name}.cjs'\n`)

execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', join(next, 'types')],
  {
    cwd: root,
    stdio: 'inherit',
  },
)

rmSync(join(root, 'dist'), { recursive: true, force: true })
renameSync(next, join(root, 'dist'))

writeFileSync(
  join(root, 'THIRD_PARTY_LICENSES'),
  licences(output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))),
)

/** The licence texts of the packages that these modules belong to. */
function licences(moduleIds) {
  const folders = new Set(moduleIds.flatMap((id) => packageFolder(id) ?? []))
  return [...folders]
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
      if (file === undefined && license === undefined)
        throw new Error(`${name} has neither a licence file nor a licence field`)
      return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()}\n`
    })
    .toSorted((a, b) => a.localeCompare(b))
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** The folder of the package that a module belongs to; undefined for our own. */
function packageFolder(moduleId) {
  const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(moduleId)
  return match === null ? undefined : match[1]
}
