import { expect, test } from 'vitest'
import { shareableFailure, shareableTexts } from '../../src/doctor/shareable-text.ts'
import { Failure } from '../../src/failures/index.ts'

const accounts = [{ sub: '110000000000000000001' }, { sub: 'short' }]
const shareable = shareableTexts('/home/ada', accounts, { showEmails: false })

test.each([
  ['ada@example.com', 'a…@example.com'],
  [
    'The token of ada.lovelace+x@mail.example.co.uk (and "b@c.de").',
    'The token of a…@mail.example.co.uk (and "b…@c.de").',
  ],
  ['contact=é@example.com', 'contact=é…@example.com'],
  ['a…@example.com', 'a…@example.com'],
  ['"/home/ada/client.json"', '"~/client.json"'],
  ['account 110000000000000000001', 'account account 1'],
  ['short of memory', 'short of memory'],
  ['pod@7', 'pod@7'],
])('%s becomes %s', (text, expected) => {
  expect(shareable(text)).toBe(expected)
})

test('shows addresses in full when asked', () => {
  expect(shareableTexts('/home/ada', [], { showEmails: true })('ada@example.com in /home/ada')).toBe(
    'ada@example.com in ~',
  )
})

test('describes a failure to strangers with all its details', () => {
  const failure = new Failure('nothing_stored', { others: ['ada@example.com'] })
  expect(shareableFailure(failure, shareable)).toMatchObject({
    code: 'nothing_stored',
    details: { others: ['a…@example.com'] },
    causeText: expect.stringContaining('a…@example.com') as string,
  })
})
