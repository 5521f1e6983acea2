// A command must not wait for code that this run does not reach: its errors, a hash, a child process.
const declaration = /^(\s*)(?:const|let) ([\w$]+) = (require\("[^"]+"\));$/gm

/**
 * A bundler plugin that defers each `const name = require("…")` to the first use of `name`: it becomes an object with a
 * getter for every property used. If the name is also used as a whole, the require stays.
 */
export const lazyRequires = {
  name: 'lazy-requires',
  // Only the content within lines changes, so the source map stays valid.
  renderChunk: (code) => ({ code: withLazyRequires(code), map: null }),
}

/** Returns a chunk's code with each such declaration deferred. */
export function withLazyRequires(code) {
  return code.replaceAll(declaration, (eager, indent, name, required) => {
    // Not a property of that name; but three dots are a spread.
    const uses = [
      ...code.matchAll(
        new RegExp(`(?<![\\w$])(?<!(?<!\\.\\.)\\.)${name.replaceAll('$', '\\$')}(?![\\w$])(\\.[\\w$]+)?`, 'g'),
      ),
    ]
    const names = new Set(uses.map(([, property]) => property?.slice(1)))
    // The declaration itself is the only use as a whole.
    if (uses.filter(([, property]) => property === undefined).length > 1) return eager
    names.delete(undefined)
    const loaded = `${name}_loaded`
    // The path stands in one place: some chunks use fifty properties of another.
    const load = `${name}_load`
    const getters = [...names].map((property) => `get ${property}() { return ${load}().${property} }`)
    return `${indent}let ${loaded}; const ${load} = () => (${loaded} ??= ${required}), ${name} = { ${getters.join(', ')} };`
  })
}
