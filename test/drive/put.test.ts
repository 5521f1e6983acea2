import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test } from '../support/harness.ts'
import { listed, logIn, requestsAfter } from './app-folder.ts'

const mebibyte = 1024 * 1024
const md5 = (content: Buffer): string => createHash('md5').update(content).digest('hex')

/** Returns the records of unfinished uploads. */
const keptUploads = (gsa: Gsa): string[] => {
  const folder = join(gsa.folder, 'home/gsa/uploads')
  return existsSync(folder) ? readdirSync(folder) : []
}

/** Rewrites a record with another session address. */
function withSession(gsa: Gsa, name: string, session: string): string {
  const kept = JSON.parse(readFileSync(join(gsa.folder, 'home/gsa/uploads', name), 'utf8')) as object
  return JSON.stringify({ ...kept, session })
}

/** Returns the content ranges sent to sessions, and the status of each request. */
const puts = (google: Emulator): number[] =>
  google
    .requests()
    .filter(({ method, path }) => method === 'PUT' && path.startsWith('/upload/'))
    .map(({ status }) => status)

describe.concurrent('gsa drive put', () => {
  test("warns when other files have the new file's name, in text and with --json", async ({ gsa, google }) => {
    await logIn(gsa, google)
    const file = gsa.file('notes.txt', 'one')
    expect((await gsa.run('drive', 'put', file)).stderr).not.toContain('named')
    for (const [count, flags] of [
      [2, []],
      [3, ['--json']],
    ] as const) {
      const again = await gsa.run('drive', 'put', file, ...flags)
      expect(again.exitCode).toBe(0)
      expect(again.stderr).toContain(`Warning: The app folder now has ${count} files named "notes.txt".`)
      expect(again.stderr).toContain('--replace')
    }
    const quiet = await gsa.run('drive', 'put', file, '--quiet')
    expect(quiet.stderr).not.toContain('Warning')
  })

  test('succeeds although the files of that name cannot be counted', async ({ gsa, google }) => {
    await logIn(gsa, google)
    google.arm({ on: 'drive', fault: 'http-500', after: 2, times: 1 })
    const before = google.requests().length
    const result = await gsa.run('drive', 'put', gsa.file('notes.txt', 'one'))
    expect([result.exitCode, result.stdout]).toEqual([0, expect.stringContaining('notes.txt stored')])
    expect(
      google
        .requests()
        .slice(before)
        .map(({ status }) => status),
    ).toEqual([200, 200, 500])
  })

  test('warns of nothing with --replace or --id, and makes no extra request', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const { json } = await gsa.run('drive', 'put', gsa.file('notes.txt', 'one'), '--json')
    const before = google.requests().length
    await gsa.run('drive', 'put', gsa.file('notes.txt', 'two'), '--replace')
    await gsa.run('drive', 'put', gsa.file('other.txt', 'two'), '--id', String(json['id']))
    expect(requestsAfter(google, before).filter((request) => request === 'GET /drive/v3/files')).toHaveLength(1)
  })

  test('sends up to 5 MB in one request, with an id generated for it', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const content = randomBytes(5 * mebibyte)
    const before = google.requests().length
    const { json } = await gsa.run('drive', 'put', gsa.file('five.bin', content), '--json')
    expect(requestsAfter(google, before)).toEqual([
      'GET /drive/v3/files/generateIds',
      'POST /upload/drive/v3/files',
      'GET /drive/v3/files',
    ])
    expect(json).toMatchObject({ name: 'five.bin', size: String(content.length), md5Checksum: md5(content) })
    expect(keptUploads(gsa)).toEqual([])
  })

  test('sends more than that in a resumable session', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const content = randomBytes(5 * mebibyte + 1)
    const before = google.requests().length
    const { json } = await gsa.run('drive', 'put', gsa.file('more.bin', content), '--json')
    expect(requestsAfter(google, before)).toEqual([
      'GET /drive/v3/files/generateIds',
      'POST /upload/drive/v3/files',
      'PUT /upload/drive/v3/files',
      'GET /drive/v3/files',
    ])
    expect(json).toMatchObject({ size: String(content.length), md5Checksum: md5(content) })
    expect(keptUploads(gsa)).toEqual([])
  })

  test.for([0, 1, 8 * mebibyte - 1, 8 * mebibyte, 8 * mebibyte + 1, 16 * mebibyte, 20 * mebibyte + 3])(
    'reads %i bytes from standard input without knowing how many there will be',
    async (bytes, { gsa, google }) => {
      await logIn(gsa, google)
      const content = randomBytes(bytes)
      const run = await gsa.run('drive', 'put', '-', '--name', 'in', '--json', { stdin: content })
      expect(run.json).toMatchObject({ size: String(bytes), md5Checksum: md5(content) })
      expect(await listed(gsa)).toHaveLength(1)
    },
  )

  test('adds a second file of the same name, or replaces the first one by name or by id', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const put = async (text: string, ...args: string[]): Promise<void> => {
      const run = await gsa.run('drive', 'put', '-', ...args, { stdin: text })
      expect(run.exitCode, run.stderr).toBe(0)
    }
    await put('one', '--name', 'a.txt')
    await put('two', '--name', 'a.txt', '--replace')
    const [first] = await listed(gsa)
    expect((await gsa.run('drive', 'get', 'a.txt', '-o', '-')).stdout).toBe('two')
    await put('three', '--name', 'a.txt')
    await put('four', '--id', first?.id ?? '')
    expect((await gsa.run('drive', 'get', '--id', first?.id ?? '', '-o', '-')).stdout).toBe('four')
    await put('five', '--id', first?.id ?? '', '--name', 'b.txt')
    expect((await listed(gsa)).map(({ name }) => name).toSorted()).toEqual(['a.txt', 'b.txt'])
    const missing = await gsa.run('drive', 'put', '-', '--id', 'nothing', '--json', { stdin: 'x' })
    expect([missing.exitCode, missing.error['code']]).toEqual([5, 'drive_file_not_found'])
  })

  test.for([
    ['is aborted midway', { fault: 'upload-cut', bytes: 3_000_000 }],
    ['is only partially stored', { fault: 'upload-short', bytes: 2_000_001 }],
    ['is answered with 500', { fault: 'http-500' }],
    ['is answered with 503 and Retry-After', { fault: 'retry-after', seconds: 1 }],
    ['is reset', { fault: 'reset' }],
    ['is stored, but the response is lost', { fault: 'lost-answer' }],
    ['loses its session', { fault: 'upload-session-expired' }],
    ['is rejected for its token', { fault: 'invalid-credentials' }],
    ['meets a rate limit', { fault: 'project-rate-limit-429' }],
  ] as const)('resumes when it %s, and creates one file', async ([, fault], { gsa, google }) => {
    await logIn(gsa, google)
    const content = randomBytes(6 * mebibyte + 17)
    const file = gsa.file('big.bin', content)
    for (const after of [0, 1]) {
      google.arm({ on: 'upload', after, ...fault })
      const name = `big-${after}.bin`
      const run = await gsa.run('drive', 'put', file, '--name', name, '--json')
      expect(run.exitCode, run.stderr).toBe(0)
      expect(run.json).toMatchObject({ name, md5Checksum: md5(content) })
    }
    expect((await listed(gsa)).map(({ name }) => name).toSorted()).toEqual(['big-0.bin', 'big-1.bin'])
  })

  test('sends only what Drive does not have', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const content = randomBytes(8 * mebibyte)
    google.arm({ on: 'upload', fault: 'upload-cut', bytes: 6 * mebibyte + 5 })
    const run = await gsa.run('drive', 'put', gsa.file('big.bin', content), '--debug')
    expect(run.exitCode).toBe(0)
    // The aborted request, the query for the received range, and the rest.
    expect(puts(google)).toEqual([0, 308, 200])
    expect(run.stderr).toContain(`range: bytes=0-${6 * mebibyte - 1}`)
    // Anyone who has a session's address can write to it.
    expect(run.stderr).toMatch(/upload_id=\[upload session, \d+ characters\]/)
    const sessions = google.requests().flatMap(({ query }) => query['upload_id'] ?? [])
    for (const session of sessions) expect(run.stderr).not.toContain(session)
  })

  test("creates one file when a small one's response was lost", async ({ gsa, google }) => {
    await logIn(gsa, google)
    google.arm({ on: 'upload', fault: 'lost-answer' })
    const run = await gsa.run('drive', 'put', '-', '--name', 'a', '--json', { stdin: 'x' })
    expect(run.json).toMatchObject({ name: 'a', md5Checksum: md5(Buffer.from('x')) })
    expect(await listed(gsa)).toHaveLength(1)
    // 409: the attempt whose response was lost used the id.
    const uploads = google.requests().filter(({ path }) => path.startsWith('/upload/'))
    expect(uploads.map(({ status }) => status)).toEqual([0, 409])
  })

  test('resumes in the next run after it gave up, unless the file has changed', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const content = randomBytes(9 * mebibyte)
    const file = gsa.file('big.bin', content)
    google.arm({ on: 'upload', fault: 'upload-cut', bytes: 4 * mebibyte })
    const interrupted = await gsa.run('drive', 'put', file, { interruptWhen: /retrying/ })
    expect(interrupted.exitCode).toBe(130)
    expect(interrupted.stderr).toContain('Run the same command again within a week to resume')
    expect(keptUploads(gsa)).toHaveLength(1)
    const kept = join(gsa.folder, 'home/gsa/uploads', keptUploads(gsa)[0] ?? '')
    expect(statSync(kept).mode & 0o777).toBe(0o600)

    const later = new Date(Date.now() + 60_000)
    utimesSync(file, later, later)
    const changed = await gsa.run('drive', 'put', file, '--json')
    expect([changed.exitCode, changed.error['code']]).toEqual([2, 'upload_of_other_content'])
    truncateSync(file, 7 * mebibyte)
    expect((await gsa.run('drive', 'put', file, '--json')).error['fix']).toContain('--restart')
    expect((await gsa.run('drive', 'put', file, '--restart')).exitCode).toBe(0)
    expect(await listed(gsa)).toMatchObject([{ name: 'big.bin', size: String(7 * mebibyte) }])
    expect(keptUploads(gsa)).toEqual([])
  })

  test.for(['invalid-json', 'empty-body', 'wrong-content-type'])(
    'finds the file when the success response is unreadable (%s)',
    async (fault, { gsa, google }) => {
      await logIn(gsa, google)
      for (const [bytes, after] of [
        [10, 0],
        [6 * mebibyte, 1],
      ] as const) {
        google.arm({ on: 'upload', fault, after })
        const content = randomBytes(bytes)
        const run = await gsa.run('drive', 'put', '-', '--name', `${bytes}`, '--json', { stdin: content })
        expect(run.json).toMatchObject({ md5Checksum: md5(content) })
      }
      expect(await listed(gsa)).toHaveLength(2)
      google.arm({ on: 'upload', fault: 'html-error' })
      const portal = await gsa.run('drive', 'put', '-', '--name', 'c', '--json', { stdin: 'c' })
      expect([portal.exitCode, portal.error['code']]).toEqual([3, 'invalid_answer'])
    },
  )

  test("creates another file if a finished session's file is gone", async ({ gsa, google }) => {
    await logIn(gsa, google)
    const file = gsa.file('six.bin', randomBytes(6 * mebibyte))
    google.arm({ on: 'upload', fault: 'lost-answer', after: 1 })
    expect((await gsa.run('drive', 'put', file, { interruptWhen: /retrying/ })).exitCode).toBe(130)
    expect((await gsa.run('drive', 'rm', 'six.bin', '--yes')).exitCode).toBe(0)
    const { json } = await gsa.run('drive', 'put', file, '--json')
    expect((await listed(gsa)).map(({ id }) => id)).toEqual([json['id']])
    expect(keptUploads(gsa)).toEqual([])
  })

  test('finds the file that a killed run created, and creates another one if it is gone', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const file = gsa.file('a.txt', 'hello')
    google.arm({ on: 'upload', fault: 'lost-answer' })
    expect((await gsa.run('drive', 'put', file, { interruptWhen: /retrying/ })).exitCode).toBe(130)
    expect(keptUploads(gsa)).toHaveLength(1)
    const [made] = await listed(gsa)
    expect((await gsa.run('drive', 'put', file, '--json')).json).toMatchObject({ id: made?.id })
    expect(await listed(gsa)).toHaveLength(1)
    expect(keptUploads(gsa)).toEqual([])
    // Another program may have written the record.
    google.arm({ on: 'upload', fault: 'lost-answer' })
    await gsa.run('drive', 'put', file, '--name', 'b.txt', { interruptWhen: /retrying/ })
    const [kept = ''] = keptUploads(gsa)
    for (const content of [
      '',
      '{}',
      '{"bytes":5,"modifiedMs":0,"begunMs":0}',
      withSession(gsa, kept, 'https://a.example/'),
    ]) {
      gsa.file(`home/gsa/uploads/${kept}`, content)
      expect((await gsa.run('drive', 'put', file, '--name', 'b.txt', '--replace')).exitCode).toBe(0)
    }
    await gsa.run('drive', 'rm', 'b.txt', '--yes')
    // Without a record, it is another file of the same name.
    expect((await gsa.run('drive', 'put', file, '--json')).json['id']).not.toBe(made?.id)
    expect(await listed(gsa)).toHaveLength(2)
  })

  test('says that the uploaded content is damaged, and does not leave it there', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const bytes of [100, 6 * mebibyte]) {
      google.arm({ on: 'upload', fault: 'upload-damaged' })
      const run = await gsa.run('drive', 'put', gsa.file('a.bin', randomBytes(bytes)), '--json')
      expect([run.exitCode, run.error['code']]).toEqual([6, 'content_mismatch'])
      expect(await listed(gsa)).toEqual([])
    }
    await gsa.run('drive', 'put', '-', '--name', 'a', { stdin: 'old' })
    google.arm({ on: 'upload', fault: 'upload-damaged' })
    const replaced = await gsa.run('drive', 'put', '-', '--name', 'a', '--replace', '--json', { stdin: 'new' })
    expect(replaced.error).toMatchObject({ code: 'content_mismatch', details: { left: 'damaged' } })
  })

  test('accepts 0 bytes, and names that are special only in a terminal or a query', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const name of ['🎉'.repeat(200), "it's \\ “quoted”", '../../etc/passwd', ' ', 'a\u0000b']) {
      expect((await gsa.run('drive', 'put', gsa.file('empty', ''), '--name', name)).exitCode).toBe(0)
      const run = await gsa.run('drive', 'get', name, '-o', '-')
      expect([run.exitCode, run.stdout]).toEqual([0, ''])
    }
    expect(await listed(gsa)).toHaveLength(5)
  })

  test('refuses what it cannot read, before sending anything', async ({ gsa, google }) => {
    await logIn(gsa, google)
    mkdirSync(join(gsa.folder, 'folder'))
    const before = google.requests().length
    for (const [file, problem] of [
      [join(gsa.folder, 'missing'), 'does not exist'],
      [join(gsa.folder, 'folder'), 'is a folder'],
      ['/dev/null', 'not a regular file'],
      ['/proc/self/status', 'its reported size is 0'],
      ['/proc/self/mem', 'the disk cannot read'],
    ] as const) {
      const run = await gsa.run('drive', 'put', file, '--json')
      expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unreadable'])
      expect(run.error['cause']).toContain(problem)
    }
    expect((await gsa.run('drive', 'put', '-', '--json', { stdin: 'x' })).error['code']).toBe('usage')
    expect(requestsAfter(google, before)).toEqual([])
  })

  test('gives up on a file that shrinks, grows or is written to during the upload', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const change of [
      (file: string) => truncateSync(file, 6 * mebibyte),
      (file: string) => truncateSync(file, 10 * mebibyte),
      (file: string) => utimesSync(file, new Date(0), new Date(0)),
    ]) {
      const file = gsa.file('moving.bin', randomBytes(9 * mebibyte))
      google.arm({ on: 'upload', fault: 'upload-cut', bytes: 4 * mebibyte })
      const run = await gsa.run('drive', 'put', file, { whenShown: [/retrying/, () => change(file)] })
      expect(run.exitCode).toBe(2)
      expect(run.stderr).toMatch(/changed during the upload: it (ends after|had|was written to)/)
      expect(keptUploads(gsa)).toEqual([])
    }
    expect(await listed(gsa)).toEqual([])
  })

  test('continues without a place to record the upload', async ({ gsa, google }) => {
    await logIn(gsa, google)
    mkdirSync(join(gsa.folder, 'home/gsa'), { recursive: true })
    gsa.file('home/gsa/uploads', 'in the way')
    const run = await gsa.run('drive', 'put', gsa.file('a.bin', randomBytes(6 * mebibyte)))
    expect(run.exitCode).toBe(0)
    expect(run.stderr).toContain('it cannot be resumed')
  })

  test('shows its progress on a terminal, and nowhere else', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const file = gsa.file('big.bin', randomBytes(12 * mebibyte))
    const shown = await gsa.run('drive', 'put', file, { typing: [] })
    expect(shown.stderr).toContain('\r\u001b[Kbig.bin  ')
    expect(shown.stderr).toMatch(/big\.bin {2}\d+ % {2}[\d.]+ MB of 13 MB/)
    for (const args of [['--quiet'], ['--json']])
      expect((await gsa.run('drive', 'put', file, ...args, { typing: [] })).stderr).not.toContain('\r')
    expect((await gsa.run('drive', 'put', file)).stderr).not.toContain('\r')
  })
})
