// Finds the places to change in a source file: operators, conditions, and the literals true and false.
import { parseSync } from 'rolldown/utils'

const replacements = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
}

/**
 * Returns the places of a TypeScript file in source order: start, end, line, and the possible changes, each with a
 * name and the text to put there. Types, strings and imports have none.
 */
export function findPlaces(fileName, text) {
  const { program, errors } = parseSync(fileName, text)
  if (errors.length > 0) throw new Error(`${fileName}: ${errors[0].message}`)
  const places = []
  visit(program, (node, parents) => {
    const changes = changesOf(node, parents[0], text)
    // The sources have no semicolons: a line that began with our parenthesis would call the expression above it.
    if (changes.length === 0 || startsStatement(node, parents)) return
    const line = text.slice(0, node.start).split('\n').length
    places.push({ start: node.start, end: node.end, line, changes })
  })
  return places.toSorted((a, b) => a.start - b.start || b.end - a.end)
}

/** Calls `use` with each node that runs and its ancestors, nearest first. */
function visit(node, use, parents = []) {
  if (Array.isArray(node)) for (const item of node) visit(item, use, parents)
  if (typeof node?.type !== 'string' || node.type === 'ImportDeclaration') return
  // Only the compiler reads these, except for the expression in `x as T`, `x!` and `x satisfies T`.
  if (node.type.startsWith('TS')) return visit(node.expression, use, parents)
  use(node, parents)
  for (const child of Object.values(node)) if (child instanceof Object) visit(child, use, [node, ...parents])
}

function changesOf(node, parent, text) {
  const changes = ownChanges(node, text)
  if (changes.length > 0 || !isCondition(node, parent)) return changes
  return [{ what: 'negate the condition', mutated: `!(${text.slice(node.start, node.end)})` }]
}

/**
 * Returns whether the node is the condition of an if or a ternary. Loops are left alone: negated, they would never
 * end.
 */
function isCondition(node, parent) {
  return parent?.test === node && (parent.type === 'IfStatement' || parent.type === 'ConditionalExpression')
}

function ownChanges(node, text) {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return operatorChanges(node, text)
    case 'UnaryExpression':
      return node.operator === '!'
        ? [{ what: 'drop the !', mutated: text.slice(node.argument.start, node.argument.end) }]
        : []
    case 'Literal':
      return typeof node.value === 'boolean'
        ? [{ what: `${node.value} to ${!node.value}`, mutated: `${!node.value}` }]
        : []
    default:
      return []
  }
}

function operatorChanges({ left, right, operator, start, end }, text) {
  const between = text.slice(left.end, right.start)
  // A comment there could contain the operator.
  if (/\/[/*]/.test(between)) return []
  if (operator === '??') {
    // Nearly always for the compiler, which does not know that an array item or a match exists.
    if (text.slice(right.start, right.end) === "''") return []
    return [{ what: 'the left of ?? only', mutated: text.slice(left.start, left.end) }]
  }
  if (operator === '+' && !isSum({ left, right })) return []
  return (replacements[operator] ?? []).map((other) => ({
    what: `${operator} to ${other}`,
    mutated: text.slice(start, left.end) + between.replace(operator, other) + text.slice(right.start, end),
  }))
}

/** Returns whether a plus certainly adds numbers; two variables could be strings. */
function isSum({ left, right }) {
  return !isText(left) && !isText(right) && (isNumber(left) || isNumber(right))
}

function isText(node) {
  if (node.type === 'ParenthesizedExpression') return isText(node.expression)
  if (node.type === 'BinaryExpression') return node.operator === '+' && (isText(node.left) || isText(node.right))
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string')
}

function isNumber(node) {
  if (node.type === 'ParenthesizedExpression') return isNumber(node.expression)
  if (node.type === 'BinaryExpression') return ['-', '*', '/', '%'].includes(node.operator) || isSum(node)
  if (node.type === 'MemberExpression') return ['length', 'byteLength', 'size'].includes(node.property.name)
  return node.type === 'Literal' && typeof node.value === 'number'
}

function startsStatement(node, parents) {
  return parents.some((parent) => parent.type === 'ExpressionStatement' && parent.start === node.start)
}
