const runtime = /^const require_rolldown_runtime = require\("[^"]+"\);$/m
const use = /require_rolldown_runtime\.(\w+)\b/g
const namespace = /^var [\w$]+_exports = \/\* @__PURE__ \*\/ require_rolldown_runtime\.(\w+)\(/gm

/**
 * A bundler plugin that gives each chunk its own copy of the bundler's function for the exports of modules that are
 * imported dynamically. The function's file, which the chunk then need not load, takes a quarter of a millisecond.
 */
export const ownNamespaces = {
  name: 'own-namespaces',
  // The declaration keeps its line, so the source map stays valid.
  renderChunk: (code) => ({ code: withOwnNamespaces(code), map: null }),
}

/** Returns a chunk's code with that function, unless it needs others of that file. */
export function withOwnNamespaces(code) {
  const [first, ...others] = [...code.matchAll(namespace)].map(([, name]) => name)
  const isEnough = code.match(use)?.length === others.length + 1 && others.every((name) => name === first)
  if (!isEnough) return code
  const own = `(all) => { const found = {}; for (const name in all) Object.defineProperty(found, name, { get: all[name], enumerable: true }); return found }`
  return code.replace(runtime, `const require_rolldown_runtime = { ${first}: ${own} };`)
}
