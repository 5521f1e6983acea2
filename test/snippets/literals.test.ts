import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import {
  goString,
  javascriptString,
  javaString,
  kotlinString,
  pythonString,
  swiftString,
} from '../../src/snippets/literals.ts'
import { goEnvironment, test } from '../official-clients/client-program.ts'
import { runProgram } from '../support/built-gsa.ts'
import { debianPython, needs } from '../support/system-parts.ts'

/** Text that could end a string in some language, or start something in it. */
const rows = [
  'openid',
  `"'`,
  '\\',
  '\\"',
  '\\\\u0022',
  '\\u000a',
  '\\(1+1)',
  '$x ${x} {x} %s',
  '`${1}`',
  '</script><!--',
  '*/ // # -->',
  '\n\r\t\0',
  '\u00012',
  '\u007f\u0085\u2028\u2029\ufeff\u202e',
  'é 漢 🎈',
]

const languages = { javascriptString, kotlinString, swiftString, pythonString, goString, javaString }

describe('a string literal', () => {
  test.for(Object.entries(languages))('for %s is printable ASCII on one line', ([, literal]) => {
    for (const row of rows) expect(literal(row)).toMatch(/^(["'])[\x20-\x7e]*\1$/)
  })

  test('for JavaScript keeps its value, also within a script element', async () => {
    const literals = rows.map(javascriptString)
    const program = `console.log(JSON.stringify([${literals.join(', ')}]))`
    expect((await runProgram(process.execPath, ['-e', program])).json).toEqual(rows)
    for (const literal of literals) expect(literal).not.toContain('<')
  })

  test('for Python keeps its value', async ({ skip }) => {
    needs({ skip }, 'official clients for Python')
    const program = `import json; print(json.dumps([${rows.map(pythonString).join(', ')}]))`
    expect((await runProgram(debianPython, ['-c', program])).json).toEqual(rows)
  })

  test('for Go keeps its value', async ({ folder, skip }) => {
    needs({ skip }, 'official clients for Go')
    const list = `[]string{${rows.map(goString).join(', ')}}`
    const program = `package main\nimport ("encoding/json"; "os")\nfunc main() { json.NewEncoder(os.Stdout).Encode(${list}) }\n`
    writeFileSync(join(folder, 'main.go'), program)
    const options = { folder, env: { ...goEnvironment, HOME: folder }, deadlineMs: 120_000 }
    expect((await runProgram('go', ['run', 'main.go'], options)).json).toEqual(rows)
  })

  test('for Java keeps its value', async ({ folder, skip }) => {
    needs({ skip }, 'official clients for Java')
    // As numbers, because text output depends on the locale.
    const program = `class Main { public static void main(String[] a) { System.out.println(java.util.Arrays.toString(
      java.util.stream.Stream.of(${rows.map(javaString).join(', ')}).map(s -> s.chars().boxed().toList()).toArray())); } }`
    writeFileSync(join(folder, 'Main.java'), program)
    const ended = await runProgram('java', ['Main.java'], { folder })
    const said = JSON.parse(ended.stdout) as number[][]
    expect(said.map((units) => String.fromCharCode(...units))).toEqual(rows)
  })

  test.for([
    ['Kotlin', kotlinString, /\\u([\da-f]{4})/g],
    ['Swift', swiftString, /\\u\{([\da-f]+)\}/g],
  ] as const)("for %s keeps its value, read by the language's grammar", ([language, literal, escape]) => {
    for (const row of rows) {
      const inside = literal(row).slice(1, -1)
      // Anything except plain characters and the language's escapes must be absent.
      const plain = language === 'Kotlin' ? /[^"\\$]|\\["\\$]|\\u[\da-f]{4}/g : /[^"\\]|\\["\\]|\\u\{[\da-f]{1,8}\}/g
      expect(inside.replace(plain, '')).toBe('')
      const meant = inside.replace(/\\\\|\\["$]|\\u\{?[\da-f]+\}?/g, (token) =>
        token.startsWith('\\u')
          ? token.replace(escape, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)))
          : token.slice(1),
      )
      expect(meant).toBe(row)
    }
  })
})
