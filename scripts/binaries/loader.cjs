// The main script of the single-file binaries. They contain the files of dist/ as assets, which this loads as if they
// were in a folder below the binary: src/core/embedded-file.ts recognizes a binary by that path.
const { getAsset } = require('node:sea')
const { compileFunction, constants } = require('node:vm')
const path = require('node:path')

const folder = path.join(process.execPath, 'dist')
const loaded = new Map()

/** Loads a module of Node.js, or a file of dist/ by the path in its name: `./run-C3SkCh4h.cjs`. */
function load(name) {
  if (!name.startsWith('./')) return require(name)
  const before = loaded.get(name)
  if (before !== undefined) return before.exports
  const module = { exports: {} }
  // First, because files may load each other.
  loaded.set(name, module)
  const filename = path.join(folder, name)
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  const run = compileFunction(getAsset(name.slice(2), 'utf8'), parameters, { filename, importModuleDynamically })
  run(module.exports, load, module, filename, folder)
  return module.exports
}

/** Does what Node.js does with these arguments, `-e CODE …` or `FILE …`: gsa runs scripts in other processes. */
function actAsNode([first, ...others]) {
  if (first === '-e') {
    process.argv.splice(1, 4)
    compileFunction(others[0], ['require'])(require)
  } else {
    process.argv.splice(1, 2)
    require('node:module').createRequire(first)(first)
  }
}

// Node.js inserts the binary's path as the second argument, where it has that of a script otherwise.
const args = process.argv.slice(2)
if (args[0] === '__node') actAsNode(args.slice(1))
else {
  // As bin/gsa.js does: other users can read arguments in the process list.
  if (process.platform !== 'win32') process.title = 'gsa'
  void load('./main.cjs').main()
}
