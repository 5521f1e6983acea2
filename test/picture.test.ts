import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, runProgram } from './support/built-gsa.ts'
import { needs } from './support/system-parts.ts'

test('the picture in the README shows what the program prints', async ({ skip }) => {
  needs({ skip }, 'gnome-keyring')
  const drawn = await runProgram(process.execPath, [join(root, 'scripts/picture.js'), '--check'])
  expect(drawn.stderr).toBe('')
  expect(drawn.exitCode).toBe(0)
})
