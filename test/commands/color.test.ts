import { describe, expect } from 'vitest'
import { type RunOptions, test } from '../support/harness.ts'

const terminal: RunOptions = { typing: [] }

describe('colour is used', () => {
  test.for([
    ['on a terminal', [], terminal, true],
    ['with an empty NO_COLOR, which is ignored', [], { ...terminal, env: { NO_COLOR: '' } }, true],
    ['not with NO_COLOR', [], { ...terminal, env: { NO_COLOR: '1' } }, false],
    ['not with --no-color', ['--no-color'], terminal, false],
    ['not on a terminal without colours', [], { ...terminal, env: { TERM: 'dumb' } }, false],
    ['not in a pipe, whatever FORCE_COLOR says', [], { env: { FORCE_COLOR: '1' } }, false],
  ] as const)('%s', async ([, flags, options, isColored], { gsa }) => {
    const explained = await gsa.run('explain', 'redirect_uri_mismatch', ...flags, options)
    expect(explained.stdout).toContain('redirect_uri_mismatch')
    const failed = await gsa.run('nonsense', ...flags, options)
    expect(failed.stderr).toContain('Error:')
    for (const text of [explained.stdout, failed.stderr]) expect(text.includes('\u001b[')).toBe(isColored)
  })

  test('but not in JSON', async ({ gsa }) => {
    const explained = await gsa.run('explain', 'redirect_uri_mismatch', '--json', terminal)
    expect(explained.stdout).not.toContain('\u001b')
    expect(explained.json).toHaveProperty('candidates')
  })
})
