import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './support/built-gsa.ts'
import { type Gsa, withGsa } from './support/harness.ts'

const markdown = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: folder !== '', encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
const pages = [...markdown(''), ...markdown('docs')]

const variable = /\bGSA_[A-Z]+(?:_[A-Z]+)*\b/g

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')
const withoutCode = (text: string): string => text.replace(/^```[^]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')

describe('the documents', () => {
  test.each(pages)('%s links to existing files and headings', (page) => {
    const targets = [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g)]
      .map(([, link, source]) => link ?? source ?? '')
      .filter((target) => !/^(?:https?|mailto):/.test(target))
    expect(targets.filter((target) => !exists(page, target))).toEqual([])
  })

  test('list every page of docs/ in the index, docs/README.md', () => {
    const linked = new Set(
      [...textOf('docs/README.md').matchAll(/\]\(([^)#]+)/g)].map(([, target = '']) => join('docs', target)),
    )
    expect(pages.filter((page) => page.startsWith('docs/') && !linked.has(page))).toEqual(['docs/README.md'])
  })

  test('name only environment variables that something reads', () => {
    const code = ['src', 'test', 'scripts'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.[tj]s$/.test(name) && !name.includes('node_modules'))
        .map((name) => readFileSync(join(root, folder, name), 'utf8')),
    )
    const read = new Set(code.flatMap((text) => text.match(variable) ?? []))
    const named = new Set(pages.flatMap((page) => textOf(page).match(variable) ?? []))
    expect([...named].filter((name) => !read.has(name))).toEqual([])
    expect(named.size).toBeGreaterThan(10)
  })

  test('list the variables of gsa help environment in docs/scripts.md', async () => {
    await withGsa(async (gsa) => {
      const variables = Object.keys((await gsa.run('help', 'environment', '--json')).json)
        .join(', ')
        .split(', ')
      expect(variables.filter((name) => !textOf('docs/scripts.md').includes(`\`${name}\``))).toEqual([])
      expect(variables).toContain('GSA_STORE')
    })
  })

  test('name only existing commands and flags', async () => {
    await withGsa(async (gsa) => {
      const helpOf = helpReader(gsa)
      const names = (await helpOf([])).subcommands
      const wrong: string[] = []
      let count = 0
      for (const page of pages) {
        for (const mention of mentionsIn(textOf(page), names)) {
          count++
          const problem = mention[0] === 'help' ? await topicProblem(gsa, mention) : await problemOf(mention, helpOf)
          if (problem !== undefined) wrong.push(`${page}: gsa ${mention.join(' ')}: ${problem}`)
        }
      }
      expect(wrong).toEqual([])
      expect(count).toBeGreaterThan(300)
    })
  })
})

function exists(page: string, target: string): boolean {
  const [path = '', heading] = target.split('#')
  const file = path === '' ? page : relative(root, resolve(root, dirname(page), path))
  if (!existsSync(join(root, file))) return false
  return heading === undefined || headingsOf(file).includes(heading)
}

/** Returns the anchors under which GitHub finds a page's headings. */
function headingsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/**
 * Returns the words after `gsa`, up to where a shell or a sentence ends them. In code every first word must be a
 * command; in a sentence ("gsa stops") and in program output only the names of commands count.
 */
function mentionsIn(text: string, names: readonly string[]): string[][] {
  const spans = [...text.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, span = '']) => span)
  const blocks = [...text.matchAll(/^```(?:sh|bash|yaml)\n([^]*?)^```$/gm)].map(([, block = '']) => block)
  const typed = [...text.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line)
  const inCode = [...spans, ...blocks, ...typed].flatMap((code) => [
    ...code.matchAll(/(?<![\w./@-])gsa(?:-cli(?:@\S+)?)? ([^\n|<>#;&)\\]*)/g),
  ])
  const inText = [...text.matchAll(/(?<![\w./@-])gsa ([^\n|<>#;&)`\\.,]*)/g)]
  const words = ([, line = '']: RegExpMatchArray): string[] => line.split(/\s+/).filter((word) => word !== '')
  return [
    ...inCode.map(words).filter(([name = '']) => /^[a-z-]/.test(name)),
    ...inText.map(words).filter(([name = '']) => names.includes(name)),
  ]
}

interface Help {
  readonly subcommands: readonly string[]
  readonly flags: ReadonlySet<string>
}

function helpReader(gsa: Gsa): (path: readonly string[]) => Promise<Help> {
  const known = new Map<string, Promise<Help>>()
  const read = async (path: readonly string[]): Promise<Help> => {
    const { stdout } = await gsa.run(...path, '--help')
    const section = /\nCommands:\n([^]*?)(?:\n\n|$)/.exec(stdout)?.[1] ?? ''
    return {
      subcommands: [...section.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name),
      flags: new Set(
        [...stdout.matchAll(/^ {2}(-[^\s,]+)(?:, (--\S+))?/gm)].flatMap(([, ...flags]) =>
          flags.filter((flag) => flag !== undefined),
        ),
      ),
    }
  }
  return (path) => {
    const key = path.join(' ')
    const help = known.get(key) ?? read(path)
    known.set(key, help)
    return help
  }
}

async function topicProblem(gsa: Gsa, words: readonly string[]): Promise<string | undefined> {
  if (words.some((word) => /[A-Z]/.test(word))) return undefined
  return (await gsa.run(...words)).exitCode === 0 ? undefined : 'no such topic'
}

/** Returns the error in a command line, or undefined if there is none. The words behind `--` are another program's. */
async function problemOf(
  line: readonly string[],
  helpOf: (path: readonly string[]) => Promise<Help>,
): Promise<string | undefined> {
  const words = line.includes('--') ? line.slice(0, line.indexOf('--')) : line
  const path: string[] = []
  for (const word of words) {
    const { subcommands } = await helpOf(path)
    if (word.startsWith('-') || subcommands.length === 0) break
    if (!subcommands.includes(word))
      return path.length > 0 && !/^[a-z-]+$/.test(word) ? undefined : `no command ${word}`
    path.push(word)
  }
  // Options that every command accepts are listed only for the program.
  const flags = new Set([...(await helpOf([])).flags, ...(await helpOf(path)).flags])
  const named = words.map((word) => word.replace(/[=:"'].*$/, '')).filter((word) => /^--?[a-z]/i.test(word))
  const unknown = named.filter((flag) => !flags.has(flag))
  return unknown.length === 0 ? undefined : `no flag ${unknown.join(', ')}`
}
