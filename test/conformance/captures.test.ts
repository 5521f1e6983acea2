import { describe, expect } from 'vitest'
import { test } from '../emulator/with-google.ts'
import { type Capture, differences } from './captures.ts'
import { corpus, present } from './corpora.ts'

const file = corpus('google-captures/captures.json') as { cases: readonly Capture[] } | undefined

describe('public recordings of Google', () => {
  test('are read', ({ skip }) => {
    expect(present(file, { skip }).cases.length).toBeGreaterThan(30)
  })

  test.for(file?.cases ?? [])('the emulator answers as recorded: $id', async (capture, { google }) => {
    expect(await differences(google, capture)).toEqual([])
  })
})
