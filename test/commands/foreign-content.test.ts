import { describe, expect } from 'vitest'
import { test, withGsa } from '../support/harness.ts'

const title = '\u001b]0;title of somebody else\u0007\u001b[2Jhello\n'

describe("a file's content, printed", () => {
  test.for([
    ['an escape sequence', Buffer.from(title)],
    ['a C1 control', Buffer.from('a\u009b2Jb')],
    ['a backspace', Buffer.from('secret\b\b\b\b\b\bpublic')],
    ['bytes that are not text', Buffer.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0xfe])],
    ['an 8-bit C1 control', Buffer.from([0x61, 0x9b, 0x32, 0x4a])],
  ] as const)('never reaches a terminal with %s, and passes through a pipe unchanged', async ([, content]) => {
    await withGsa(async (gsa, google) => {
      await gsa.run('exchange', '-', { stdin: await google.createCode() })
      const put = await gsa.run('drive', 'put', gsa.file('x.bin', content), '--json')
      const path = `/drive/v3/files/${String(put.json['id'])}?alt=media`
      for (const args of [
        ['drive', 'get', 'x.bin', '-o', '-'],
        ['api', path],
      ]) {
        const terminal = await gsa.run(...args, { typing: [] })
        expect([terminal.exitCode, terminal.stderr]).toEqual([2, expect.stringContaining('-o FILE')])
        expect(terminal.stdout).toBe('')
        const piped = await gsa.run(...args)
        expect([piped.exitCode, piped.stdout]).toEqual([0, content.toString()])
      }
      const target = `${gsa.folder}/y.bin`
      expect((await gsa.run('drive', 'get', 'x.bin', '-o', target, { typing: [] })).exitCode).toBe(0)
    })
  })

  test('that ends within a character is not text either, and a notice after the output says so', async ({
    gsa,
    google,
  }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    await gsa.run('drive', 'put', gsa.file('x.bin', Buffer.from([0x61, 0xc3])))
    const { exitCode, stdout, stderr } = await gsa.run('drive', 'get', 'x.bin', '-o', '-', { typing: [] })
    expect([exitCode, stdout, stderr]).toEqual([2, 'a', expect.stringContaining('-o FILE')])
  })

  test('reaches a terminal unchanged if it is text, with hiding or reordering characters escaped', async ({
    gsa,
    google,
  }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    await gsa.run('drive', 'put', '-', '--name', 'a.txt', { stdin: 'one\r\n\ttwo ü 🎉\n' })
    expect((await gsa.run('drive', 'get', 'a.txt', '-o', '-', { typing: [] })).stdout).toBe('one\r\n\ttwo ü 🎉\n')
    await gsa.run('drive', 'put', '-', '--name', 'b.txt', { stdin: 'txt.\u202eexe\n' })
    expect((await gsa.run('drive', 'get', 'b.txt', '-o', '-', { typing: [] })).stdout).toBe('txt.\\u202eexe\n')
  })
})
