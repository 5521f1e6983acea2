import { describe, expect } from 'vitest'
import { runOptionsWithValue, splitArguments } from '../../src/terminal/program-words.ts'
import { test } from '../support/harness.ts'

describe('the arguments of gsa emulator run', () => {
  test.each([
    ['emulator run -- node app.js --json', 'emulator run', 'node app.js --json'],
    ['emulator run node app.js --json', 'emulator run', 'node app.js --json'],
    ['--json emulator run --offline -- a -- b', '--json emulator run --offline', 'a -- b'],
    ['emulator run --seed x --offline a --seed y', 'emulator run --seed x --offline', 'a --seed y'],
    ['emulator run --seed=x a', 'emulator run --seed=x', 'a'],
    ['emulator run --client-secrets file.json a b', 'emulator run --client-secrets file.json', 'a b'],
    ['emulator run --emulator 127.0.0.1:9077 --', 'emulator run --emulator 127.0.0.1:9077', ''],
    ['emulator --json --account x run --quiet -- a', 'emulator --json --account x run --quiet', 'a'],
    ['emulator run --seed', 'emulator run --seed', ''],
    ['emulator run --help', 'emulator run --help', ''],
    ['emulator run', 'emulator run', ''],
    ['emulator start -- run', 'emulator start -- run', ''],
    ['help emulator run', 'help emulator run', ''],
    ['exchange -- emulator', 'exchange -- emulator', ''],
    ['', '', ''],
  ])('%s', (line, own, program) => {
    const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '')
    expect(splitArguments(words(line))).toEqual({ own: words(own), program: words(program) })
  })

  test('knows every option with a value', async ({ gsa }) => {
    const help = [await gsa.run('--help'), await gsa.run('emulator', 'run', '--help')]
      .map(({ stdout }) => stdout)
      .join()
    const withValue = [...help.matchAll(/^ +(--[\w-]+) </gm)].map(([, name]) => name)
    expect(new Set(withValue)).toEqual(new Set(runOptionsWithValue))
  })
})
