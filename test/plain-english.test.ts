import { describe, expect, test } from 'vitest'
import { findings } from '../scripts/plain-english/findings.js'
import { proseOf } from '../scripts/plain-english/prose.js'

describe('a text', () => {
  test.each([
    ['say how to mend it', '"mend": write fix'],
    ['The token rests in the keychain.', '"rests in": write is stored in'],
    ['A flag overrules its variable.', '"overrules": write overrides, takes precedence over'],
    ['Whoever reads this', '"Whoever": write anyone who; name the person'],
    [
      'Done. Who does not listen must not stop it.',
      '"Who does not listen must not stop it." begins like a question: name the subject',
    ],
    ['What the server said.', '"What the server said." begins like a question: name the subject'],
  ])('that says "%s" is refused', (text, finding) => {
    expect(findings(text)).toEqual([finding])
  })

  test.each([
    'Fixes it.',
    'What went wrong?',
    'Who can read the token?',
    'The rest is ignored.',
    'amended',
    'This page is for anyone.',
  ])('that says "%s" is plain English', (text) => {
    expect(findings(text)).toEqual([])
  })
})

describe('the texts of a file', () => {
  test('are the comments and the sentences of a program, not its names and words', () => {
    const source = `import a from './mend it.ts'
// A sentence that goes on
// in the next line. \`mend\`
const mend = 'mend'
/**
 * Returns a thing.
 */
const text = \`Cannot mend \${mend} now\`
test('mends a house', () => 1) // aside
`
    expect(proseOf('x.ts', source)).toEqual([
      { line: 2, text: ' A sentence that goes on in the next line. `x`' },
      { line: 5, text: expect.stringMatching(/^\*?\s*Returns a thing\.\s*$/) as string },
      { line: 8, text: 'Cannot mend X now' },
      { line: 9, text: 'mends a house' },
      { line: 9, text: ' aside' },
    ])
  })

  test('are the lines and cells of a page, without code', () => {
    const page = '# Title\n\n```console\n$ mend\n```\n\n| a `mend` | b [link](mend.md) |\n- an item\n'
    const texts = proseOf('x.md', page).filter(({ text }) => text !== '')
    expect(texts).toEqual([
      { line: 1, text: 'Title' },
      { line: 7, text: 'a `x`' },
      { line: 7, text: 'b [link`x`' },
      { line: 8, text: 'an item' },
    ])
  })
})
