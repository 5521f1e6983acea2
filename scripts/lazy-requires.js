import { parseSync, Visitor } from 'rolldown/utils'

// A command must not wait for code that this run does not reach: its errors, a hash, a child process.
const declaration = /^(\s*)(?:const|let) ([\w$]+) = (require\("[^"]+"\));$/gm

/**
 * A bundler plugin that defers each `const name = require("…")` to the first use of `name`: each use becomes a call
 * that loads the module once. If the name is also used as a whole, the require stays.
 */
export const lazyRequires = {
  name: 'lazy-requires',
  // Uses keep their length, so the source map stays valid.
  renderChunk: (code) => ({ code: withLazyRequires(code), map: null }),
}

/** Returns a chunk's code with each such declaration deferred. */
export function withLazyRequires(code) {
  const { uses, wholes } = usesOf(code)
  let number = 0
  const edits = [...code.matchAll(declaration)].flatMap(({ 0: { length }, 1: indent, 2: name, 3: required, index }) => {
    // The declaration itself is the only use as a whole.
    if (wholes.filter((whole) => whole === name).length > 1) return []
    while (code.includes(`$${number}`)) number++
    const load = `$${number++}`
    const call = (size) => `${load}(${' '.repeat(Math.max(0, size - load.length - 2))})`
    const text = `${indent}let ${load}_, ${load} = () => (${load}_ ??= ${required});`
    const calls = uses
      .filter((use) => use.name === name)
      .map(({ start, end, afterName, isConstructed }) =>
        // Without parentheses, new would call the loader.
        isConstructed
          ? { start, end, text: `(${call(name.length - 2)}${code.slice(afterName, end)})` }
          : { start, end: afterName, text: call(name.length) },
      )
    return [{ start: index, end: index + length, text }, ...calls]
  })
  let at = 0
  const parts = edits
    .toSorted((a, b) => a.start - b.start)
    .map(({ start, end, text }) => {
      const part = code.slice(at, start) + text
      at = end
      return part
    })
  return parts.join('') + code.slice(at)
}

/** Returns where a name's property is read, with that name, and all names that stand elsewhere. */
function usesOf(code) {
  const identifiers = new Map()
  const constructed = new Set()
  const uses = []
  const isPlain = ({ computed }, name) => !computed && name.type === 'Identifier'
  new Visitor({
    Identifier: ({ start, name }) => identifiers.set(start, name),
    NewExpression: ({ callee }) => {
      let member = callee
      while (member.type === 'MemberExpression' && member.object.type === 'MemberExpression') member = member.object
      constructed.add(member.start)
    },
    MemberExpression: (node) => {
      const { object, property, start, end } = node
      if (object.type === 'Identifier' && isPlain(node, property) && !node.optional)
        uses.push({ name: object.name, start, end, afterName: object.end })
    },
    'MemberExpression:exit': (node) => {
      if (isPlain(node, node.property)) identifiers.delete(node.property.start)
    },
    'Property:exit': (node) => {
      if (isPlain(node, node.key) && !node.shorthand) identifiers.delete(node.key.start)
    },
  }).visit(parseSync('chunk.cjs', code).program)
  for (const { start } of uses) identifiers.delete(start)
  return {
    uses: uses.map((use) => ({ ...use, isConstructed: constructed.has(use.start) })),
    wholes: [...identifiers.values()],
  }
}
