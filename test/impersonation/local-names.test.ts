import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { localNames } from '../../src/emulator/impersonation/local-names.ts'

test.each([
  [
    'loopback names',
    '127.0.0.1 localhost app.test\n::1\tdb.test # cache.test\n127.0.1.1 api.test',
    ['app.test', 'db.test', 'api.test'],
  ],
  ['no other machine', '10.0.0.1 intra.example\n0.0.0.0 ads.example\n# 127.0.0.1 old.test', []],
  ['no name that would keep Google from the emulator', '127.0.0.1 www.google.com googleapis.com com a,b', []],
  ['no list that is too long for a variable', '127.0.0.1 ads.example\n'.repeat(101), []],
])('programs reach this machine by the names of its hosts file: %s', (_, file, names) => {
  expect(localNames(file)).toEqual([...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...names])])
})
