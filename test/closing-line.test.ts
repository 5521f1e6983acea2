import { describe, expect, test } from 'vitest'
import { closingLines } from './support/closing-line.ts'

const needsAge = 'needs age: sudo apt-get install age'

describe('the end of a run', () => {
  test('counts passed and failed tests', () => {
    expect(closingLines({ passed: 3, skipped: [], failed: [] }, true)).toEqual(['3 passed, 0 failed'])
  })

  test('lists skipped tests once per missing requirement, and the failed ones last', () => {
    const skipped = [
      { name: 'an age file opens', note: needsAge },
      { name: 'a page opens', note: 'needs chromium: sudo apt-get install chromium' },
      { name: 'an age file is made', note: needsAge },
      { name: 'a forgotten one', note: undefined },
    ]
    expect(closingLines({ passed: 5, skipped, failed: ['test/a.test.ts > breaks'] }, false)).toEqual([
      `skipped: 2 tests, such as an age file opens\n         ${needsAge}`,
      'skipped: a page opens\n         needs chromium: sudo apt-get install chromium',
      'skipped: a forgotten one\n         skipped for no stated reason',
      'failed: test/a.test.ts > breaks',
      '5 passed, 1 failed, 4 skipped',
    ])
  })

  test('says that CI accepts no skipped test', () => {
    expect(
      closingLines({ passed: 1, skipped: [{ name: 'an age file opens', note: needsAge }], failed: [] }, true),
    ).toContain('In CI a skipped test is a failure: install what it needs.')
  })
})
