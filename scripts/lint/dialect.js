// An oxlint plugin for rules of our dialect that oxlint lacks. .oxlintrc.json loads it.

const widest = 120

// The nodes whose docstring can declare what is mutable below them.
const documented =
  /^(?:TSPropertySignature|TSMethodSignature|TSInterfaceDeclaration|TSTypeAliasDeclaration|FunctionDeclaration|VariableDeclaration|ExportNamedDeclaration|Property)$/

/** Returns the node and its ancestors, from the inside out. */
function outwards(node) {
  return node === null || node === undefined ? [] : [node, ...outwards(node.parent)]
}

/** Returns whether a comment before the node or an ancestor says "Mutable: " and why. */
function isMarked(node, { sourceCode }) {
  return outwards(node)
    .filter(({ type }) => documented.test(type))
    .some((owner) => sourceCode.getCommentsBefore(owner).some(({ value }) => /\bMutable: \S+\s[\s*]*\S/.test(value)))
}

/**
 * Returns whether a surrounding function or type makes a type readonly: `row<{ host: string }>(…)`, `Readonly<{ … }>`.
 */
function isMadeReadonly({ parent }) {
  if (parent?.type !== 'TSTypeParameterInstantiation') return false
  const { type, typeName } = parent.parent
  return type === 'CallExpression' || (type === 'TSTypeReference' && typeName.name === 'Readonly')
}

const readonlyMembers = {
  meta: { fixable: 'code' },
  create(context) {
    const check = (node) => {
      if (node.readonly || isMadeReadonly(node.parent) || isMarked(node, context)) return
      context.report({
        node,
        message: 'Make this member readonly, or say "Mutable: " and why in its docstring or that of its type.',
        fix: (fixer) => fixer.insertTextBefore(node, 'readonly '),
      })
    }
    return { TSPropertySignature: check, TSIndexSignature: check }
  },
}

/** Returns whether a type belongs to a member, a parameter or a return value, not to something local. */
function isInSignature(node) {
  const around = outwards(node)
  for (const [at, { type, returnType }] of around.entries()) {
    const inner = around[at - 1]
    if (/^TS(?:Property|Index)Signature$/.test(type)) return true
    if (/Function|TSMethodSignature/.test(type)) return inner === returnType || inner.type !== 'BlockStatement'
    // A type predicate narrows a type that is declared elsewhere.
    if (/^(?:VariableDeclarator|TSTypeAliasDeclaration|TSTypePredicate|BlockStatement)$/.test(type)) return false
  }
  return false
}

const readonlyCollections = {
  meta: { fixable: 'code' },
  create(context) {
    const report = (node, fix) => {
      const { type, operator } = node.parent
      if (type === 'TSTypeOperator' && operator === 'readonly') return
      if (isMadeReadonly(node) || !isInSignature(node) || isMarked(node, context)) return
      context.report({
        node,
        message: 'Make this collection readonly, or say "Mutable: " and why in a docstring.',
        fix,
      })
    }
    const checkArray = (node) =>
      report(node, (fixer) =>
        node.parent.type === 'TSArrayType'
          ? [fixer.insertTextBefore(node, '(readonly '), fixer.insertTextAfter(node, ')')]
          : fixer.insertTextBefore(node, 'readonly '),
      )
    return {
      TSArrayType: checkArray,
      TSTupleType: checkArray,
      TSTypeReference(node) {
        const { name } = node.typeName
        if (/^(?:Map|Set|Array)$/.test(name)) report(node, (fixer) => fixer.insertTextBefore(node, 'Readonly'))
        if (name === 'Record')
          report(node, (fixer) => [fixer.insertTextBefore(node, 'Readonly<'), fixer.insertTextAfter(node, '>')])
      },
    }
  },
}

const commentWidth = {
  create({ sourceCode, report }) {
    return {
      Program() {
        for (const {
          loc: { start, end },
        } of sourceCode.getAllComments())
          for (let { line } = start; line <= end.line; line++) {
            const text = sourceCode.lines[line - 1]
            // A URL cannot be broken.
            if (text.length > widest && !/https?:\/\/\S{60}/.test(text))
              report({
                loc: { start: { line, column: widest }, end: { line, column: text.length } },
                message: `Limit a line with a comment to ${widest} characters.`,
              })
          }
      },
    }
  },
}

const increments = {
  meta: { fixable: 'code' },
  create(context) {
    return {
      AssignmentExpression(node) {
        const { left, operator, right } = node
        if (!/^[+-]=$/.test(operator) || right.type !== 'Literal' || right.value !== 1) return
        const short = operator === '+=' ? '++' : '--'
        context.report({
          node,
          message: `Write ${short} to add or subtract one.`,
          fix: (fixer) => fixer.replaceText(node, `${context.sourceCode.getText(left)}${short}`),
        })
      },
    }
  },
}

const bareBodies = {
  meta: { fixable: 'code' },
  create(context) {
    const { sourceCode } = context
    const check = (node) => {
      const body = node.consequent ?? node.body
      // In an if-else chain, braces around one branch mean braces around all.
      if (node.alternate || node.parent.alternate === node) return
      if (body.type !== 'BlockStatement' || body.body.length !== 1) return
      const text = sourceCode.getText(body).slice(1, -1).trim()
      if (!/^(?:Expression|Return|Throw|Continue|Break)/.test(body.body[0].type) || /\n|^\/[/*]|\/\/ /.test(text))
        return
      context.report({
        node: body,
        message: 'Remove the braces around a single statement on one line.',
        fix: (fixer) => fixer.replaceText(body, text),
      })
    }
    return { IfStatement: check, ForStatement: check, ForOfStatement: check, WhileStatement: check }
  },
}

const compactDocstrings = {
  meta: { fixable: 'code' },
  create({ sourceCode, report }) {
    return {
      Program() {
        for (const comment of sourceCode.getAllComments()) {
          const value = comment.value.replace(/\n[ \t]*\*[ \t]*(?=\n[ \t]*\* @)/g, '')
          if (comment.type === 'Block' && value !== comment.value)
            report({
              loc: comment.loc,
              message: 'Remove the empty line before the docstring tags.',
              fix: (fixer) => fixer.replaceTextRange(comment.range, `/*${value}*/`),
            })
        }
      },
    }
  },
}

export default {
  meta: { name: 'dialect' },
  rules: {
    'readonly-members': readonlyMembers,
    'readonly-collections': readonlyCollections,
    'comment-width': commentWidth,
    'compact-docstrings': compactDocstrings,
    'bare-bodies': bareBodies,
    increments,
  },
}
