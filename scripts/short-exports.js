const definition =
  /^Object\.defineProperty\(exports, "([\w$]+)", \{\s+enumerable: true,\s+get: function \(\) \{\s+return ([\w$]+);\s+\}\s+\}\);?$/gm

/**
 * A bundler plugin that exports values in place of getters, a twelfth of their length. Other chunks see them after the
 * chunk ran, because its exports are its last statements.
 */
export const shortExports = {
  name: 'short-exports',
  renderChunk: (code) => ({ code: withShortExports(code), map: null }),
}

/** Returns a chunk's code with one assignment of all exports that never get another value. */
export function withShortExports(code) {
  const values = [...code.matchAll(definition)].filter(([, , local]) => isConstant(code, local))
  if (values.length === 0) return code
  const definitions = new Set(values.map(([text]) => text))
  const pairs = values.map(([, name, local]) => `${name}: ${local}`)
  const others = code.replace(definition, (text) => (definitions.has(text) ? '' : text))
  return `${others.trimEnd()}\nObject.assign(exports, { ${pairs.join(', ')} });`
}

function isConstant(code, local) {
  const name = local.replaceAll('$', '\\$')
  if (new RegExp(`^(?:const|class|(?:async )?function\\*?) ${name}(?![\\w$])`, 'm').test(code)) return true
  const changes = new RegExp(`(?<![\\w$.])${name}\\s*(?:[-+*/%&|^?<>]{0,3}=(?![=>])|\\+\\+|--)`, 'g')
  return new RegExp(`^var ${name} = `, 'm').test(code) && code.match(changes).length === 1
}
