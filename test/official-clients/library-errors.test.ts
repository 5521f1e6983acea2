import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'
import { debianPython, needs } from '../support/system-parts.ts'
import { programs } from './client-program.ts'

const codes = [
  'adc_missing',
  'client_file_as_user_file',
  'client_secrets_wrong_kind',
  'insecure_transport',
  'no_refresh_token',
  'session_state_lost',
  'unreachable',
]

beforeEach(({ skip }) => needs({ skip }, 'official clients for Python'))

describe("a traceback of Google's Python libraries", () => {
  test.each(codes)('is recognised: %s', (code) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-errors-'))
    try {
      const { stderr, status } = spawnSync(debianPython, [join(programs, 'errors.py'), code, folder], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: folder, NO_GCE_CHECK: 'true' },
      })
      expect(status).toBe(1)
      expect(recognise(stderr)[0]?.code, stderr).toBe(code)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
