// A command must not wait for code that this run of it does not reach: its errors, a hash, a child process.
const declaration = /^(\s*)(?:const|let) ([\w$]+) = (require\("[^"]+"\));$/gm

/**
 * A plugin of the bundler that puts off each `const name = require("…")` to the first use of `name`: it becomes an
 * object that has a getter for every property used. A name that is also used as a whole keeps its require.
 */
export const lazyRequires = {
  name: 'lazy-requires',
  // Whole lines change within themselves, so the source map stays as it is.
  renderChunk: (code) => ({ code: withLazyRequires(code), map: null }),
}

/** Returns the code of a chunk with each such declaration put off. */
export function withLazyRequires(code) {
  return code.replaceAll(declaration, (eager, indent, name, required) => {
    // Not a property of that name; but three dots are a spread.
    const uses = [
      ...code.matchAll(
        new RegExp(`(?<![\\w$])(?<!(?<!\\.\\.)\\.)${name.replaceAll('$', '\\$')}(?![\\w$])(\\.[\\w$]+)?`, 'g'),
      ),
    ]
    const names = new Set(uses.map(([, property]) => property?.slice(1)))
    // The declaration itself is the one use as a whole.
    if (uses.filter(([, property]) => property === undefined).length > 1) return eager
    names.delete(undefined)
    const loaded = `${name}_loaded`
    const getters = [...names].map((property) => `get ${property}() { return (${loaded} ??= ${required}).${property} }`)
    return `${indent}let ${loaded}; const ${name} = { ${getters.join(', ')} };`
  })
}
