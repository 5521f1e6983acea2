import { isBuiltin } from 'node:module'
import { parseSync, Visitor } from 'rolldown/utils'

// Other modules would be looked up in every folder above, in the home folder and in NODE_PATH, where others may have
// put their files.
const installed = new Set(['@playwright/test', 'google-auth-library', 'pg'])
const keyringLoader = /[\\/]src[\\/]stores[\\/]load-keyring\.ts$/

// Parts that our code never uses: debug prints the proxy's password under DEBUG=*, and both load packages that are not
// installed.
const stubs = {
  debug: 'export default () => () => undefined',
  'proxy-agent-negotiate': 'export const createNegotiateAuth = undefined',
}

/** A bundler plugin that fails if dist/ would load anything but itself, Node's modules, and installed packages. */
export const ownLoads = {
  name: 'own-loads',
  resolveId: (source) => (Object.hasOwn(stubs, source) ? `\0${source}` : undefined),
  load: (id) => stubs[id.replace('\0', '')],
  generateBundle(_, files) {
    for (const { type, fileName, code, moduleIds } of Object.values(files)) {
      if (type !== 'chunk') continue
      // createRequire of node:module loads any name, so only the keyring may use it, from known folders.
      const isOwn = (name) =>
        name.startsWith('./') ||
        installed.has(name) ||
        (isBuiltin(name) && (!/^(?:node:)?module$/.test(name) || moduleIds.some((id) => keyringLoader.test(id))))
      const foreign = loadedNames(fileName, code).find((name) => !isOwn(name))
      if (foreign !== undefined) throw new Error(`dist/${fileName} would load ${foreign}, which is not ours`)
    }
  },
}

/** Returns the names that a file loads with require() and import(). */
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
  // Under another name, require could load names that this check does not see.
  return [...required, ...imported, ...(uses > required.length ? ['what it computes'] : [])]
}
