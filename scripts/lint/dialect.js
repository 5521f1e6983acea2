// A plugin of oxlint with the rules of our dialect that it has none for. .oxlintrc.json loads it.

const widest = 120

// Where a docstring may stand that says what is mutable below it.
const documented =
  /^(?:TSPropertySignature|TSMethodSignature|TSInterfaceDeclaration|TSTypeAliasDeclaration|FunctionDeclaration|VariableDeclaration|ExportNamedDeclaration|Property)$/

/** Returns the node and those around it, from the inside out. */
function outwards(node) {
  return node === null || node === undefined ? [] : [node, ...outwards(node.parent)]
}

/** Whether a comment before the node, or before one around it, says "Mutable: " and why. */
function isMarked(node, { sourceCode }) {
  return outwards(node)
    .filter(({ type }) => documented.test(type))
    .some((owner) => sourceCode.getCommentsBefore(owner).some(({ value }) => /\bMutable: \S+\s[\s*]*\S/.test(value)))
}

/** Whether a type says what a function or type makes readonly itself: `row<{ host: string }>(…)`, `Readonly<{ … }>`. */
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
        message: 'A member is readonly, or a docstring on it or on what has it says "Mutable: " and why.',
        fix: (fixer) => fixer.insertTextBefore(node, 'readonly '),
      })
    }
    return { TSPropertySignature: check, TSIndexSignature: check }
  },
}

/** Whether a type is, or is part of, that of a member, a parameter or what is returned; not of something local. */
function isInSignature(node) {
  const around = outwards(node)
  for (const [at, { type, returnType }] of around.entries()) {
    const inner = around[at - 1]
    if (/^TS(?:Property|Index)Signature$/.test(type)) return true
    if (/Function|TSMethodSignature/.test(type)) return inner === returnType || inner.type !== 'BlockStatement'
    // A type predicate narrows what others declare.
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
        message: 'A collection in a signature is readonly, or a docstring says "Mutable: " and why.',
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
            // An address cannot be broken.
            if (text.length > widest && !/https?:\/\/\S{60}/.test(text))
              report({
                loc: { start: { line, column: widest }, end: { line, column: text.length } },
                message: `A line with a comment has at most ${widest} characters.`,
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
          message: `One more or less is written ${short}.`,
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
      // In a chain of branches, braces around one of them are braces around all.
      if (node.alternate || node.parent.alternate === node) return
      if (body.type !== 'BlockStatement' || body.body.length !== 1) return
      const text = sourceCode.getText(body).slice(1, -1).trim()
      if (!/^(?:Expression|Return|Throw|Continue|Break)/.test(body.body[0].type) || /\n|^\/[/*]|\/\/ /.test(text))
        return
      context.report({
        node: body,
        message: 'One statement on one line needs no braces.',
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
              message: 'No empty line comes before the tags of a docstring.',
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
