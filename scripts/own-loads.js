import { isBuiltin } from 'node:module'
import { parseSync, Visitor } from 'rolldown/utils'

// What is not installed is looked for beside every folder above, in the home and in NODE_PATH,
// where others may put theirs.
const installed = new Set(['google-auth-library'])
const keyringLoader = /[\\/]src[\\/]stores[\\/]load-keyring\.ts$/

// Parts that nothing of ours uses: debug prints the password of the proxy under DEBUG=*, and
// both load what is not installed.
const stubs = {
  debug: 'export default () => () => undefined',
  'proxy-agent-negotiate': 'export const createNegotiateAuth = undefined',
}

/**
 * A plugin of the bundler that fails where dist/ would load anything but itself, modules of
 * Node, and what is installed.
 */
export const ownLoads = {
  name: 'own-loads',
  resolveId: (source) => (Object.hasOwn(stubs, source) ? `\0${source}` : undefined),
  load: (id) => stubs[id.replace('\0', '')],
  generateBundle(_, files) {
    for (const { type, fileName, code, moduleIds } of Object.values(files)) {
      if (type !== 'chunk') continue
      // createRequire of node:module loads by any name; the keyring is loaded so, from the folders where it may be.
      const isOwn = (name) =>
        name.startsWith('./') ||
        installed.has(name) ||
        (isBuiltin(name) && (!/^(?:node:)?module$/.test(name) || moduleIds.some((id) => keyringLoader.test(id))))
      const foreign = loadedNames(fileName, code).find((name) => !isOwn(name))
      if (foreign !== undefined) throw new Error(`dist/${fileName} would load ${foreign}, which is not ours`)
    }
  },
}

/** Returns the names of what a file loads with require() and import(). */
function loadedNames(fileName, code) {
  const nameOf = (node) => (node?.type === 'Literal' ? String(node.value) : 'what it computes')
  const required = []
  const imported = []
  let uses = 0
  new Visitor({
    CallExpression: ({ callee, arguments: [name] }) => {
      if (callee.type === 'Identifier' && callee.name === 'require') required.push(nameOf(name))
    },
    ImportExpression: ({ source }) => imported.push(nameOf(source)),
    Identifier: ({ name }) => {
      if (name === 'require') uses++
    },
  }).visit(parseSync(fileName, code).program)
  // Under another name, require would load what nobody sees here.
  return [...required, ...imported, ...(uses > required.length ? ['what it computes'] : [])]
}
