import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { armor, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import type { Failure } from '../../src/failures/index.ts'
import { ageFileStore } from '../../src/stores/age-file-store.ts'
import { type SecretStore, setAndCompare } from '../../src/stores/secret-store.ts'
import { failureOf } from '../support/failure-of.ts'
import { makeNamedPipe } from '../support/named-pipe.ts'
import { asUser } from '../support/other-user.ts'
import { needs } from '../support/system-parts.ts'
import { runAge } from './age-program.ts'
import { buildStoreProcess, type StoreProcesses } from './run-store-process.ts'

const passphrase = 'correct horse battery staple'
const item = 'credential https://accounts.google.com client 110000000000000000001'
const secret = '1//0e-the-refresh-token-of-ada'
// A hundredth of the default's work, where a test opens a file many times.
const quick = { workFactor: 9 }

/** Creates a folder that is deleted with the test. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-age-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Options {
  readonly phrase?: string
  readonly asked?: string[]
  readonly workFactor?: number
}

function openStore(file: string, { phrase = passphrase, asked = [], ...rest }: Options = {}): SecretStore {
  return ageFileStore({
    file,
    waiting: { signal: new AbortController().signal },
    passphrase: async (purpose) => {
      asked.push(purpose)
      return Promise.resolve(new Secret(phrase))
    },
    ...rest,
  })
}

/** Creates a store file with one item in it. */
async function newStore(options: Options = quick): Promise<{ readonly file: string; readonly folder: string }> {
  const folder = newFolder()
  const file = join(folder, 'store.age')
  await openStore(file, options).set(item, new Secret(secret))
  return { file, folder }
}

async function storeFailureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await failureOf(() => work)
  expect(failure.exitCode).toBe(7)
  return failure
}

/** Expects every use of the file to fail with this code, and to change neither it nor the files beside it. */
async function expectRefusal(file: string, code: string, options: Options = {}): Promise<Failure> {
  const folder = join(file, '..')
  const before = { bytes: readFileSync(file), names: readdirSync(folder), mode: statSync(file).mode }
  let last: Failure | undefined
  for (const work of [
    (store: SecretStore) => store.get(item),
    (store: SecretStore) => store.items(),
    (store: SecretStore) => store.set(item, new Secret('new')),
    (store: SecretStore) => store.delete(item),
    (store: SecretStore) => store.probe(),
  ]) {
    last = await storeFailureOf(work(openStore(file, options)))
    expect(last.code).toBe(code)
    expect(last.message).not.toContain(secret)
  }
  expect(readFileSync(file).equals(before.bytes)).toBe(true)
  expect(readdirSync(folder)).toEqual(before.names)
  expect(statSync(file).mode).toBe(before.mode)
  return last!
}

describe("an age file store's file", () => {
  test('opens with age, which shows the items as JSON', async (context) => {
    needs(context, 'age')
    const { file, folder } = await newStore({})
    // The work factor in docs/stores.md.
    expect(readFileSync(file, 'latin1').split('\n')[1]).toMatch(/^-> scrypt [\w+/]{22} 16$/)
    runAge(['-d', '-o', join(folder, 'plain'), file], [passphrase])
    expect(JSON.parse(readFileSync(join(folder, 'plain'), 'utf8'))).toEqual({ v: 1, items: { [item]: secret } })
  })

  test('may be created with age, and keeps its passphrase from then on', async (context) => {
    needs(context, 'age')
    const folder = newFolder()
    const [plain, file] = [join(folder, 'plain'), join(folder, 'store.age')]
    writeFileSync(plain, JSON.stringify({ v: 1, items: { [item]: secret } }))
    runAge(['-p', '-o', file, plain], ['another one', 'another one'])
    const asked: string[] = []
    const store = openStore(file, { phrase: 'another one', asked, ...quick })
    expect((await store.get(item))?.reveal()).toBe(secret)
    await store.set('more', new Secret('value'))
    expect(asked).toEqual(['open'])
    expect((await openStore(file, { phrase: 'another one' }).get(item))?.reveal()).toBe(secret)
  })

  test('and its folder are private to their owner, and nothing else is left in there', async () => {
    const folder = join(newFolder(), 'new/folder')
    const file = join(folder, 'store.age')
    const store = openStore(file, quick)
    await store.probe()
    expect(readdirSync(folder)).toEqual([])
    await setAndCompare(store, item, new Secret(secret))
    await store.delete('missing')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder)).toEqual(['store.age'])
  })

  test('contains no item and no name in plain text', async () => {
    const { file, folder } = await newStore()
    const store = openStore(file, quick)
    await store.set('another item', new Secret('another secret value'))
    await store.delete('another item')
    const plain = [secret, 'another secret value', item, 'another item', passphrase]
    const encodings = (['utf8', 'base64', 'hex'] as const).flatMap((encoding) =>
      plain.map((text) => Buffer.from(text).toString(encoding)),
    )
    for (const name of readdirSync(folder)) {
      const content = readFileSync(join(folder, name), 'latin1')
      expect(encodings.filter((text) => content.includes(text))).toEqual([])
    }
  })

  test('becomes private again with the next change, if others could read it', async () => {
    const { file } = await newStore()
    chmodSync(file, 0o644)
    await openStore(file, quick).get(item)
    await openStore(file, quick).set('more', new Secret('value'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('may be a symbolic link, which stays one', async () => {
    const { file, folder } = await newStore()
    const link = join(folder, 'link.age')
    symlinkSync('store.age', link)
    await openStore(link, quick).set('more', new Secret('value'))
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect((await openStore(file).items()).toSorted()).toEqual([item, 'more'])
  })

  test('keeps its owner when root changes it, as do the new files and folders beside it', async ({ skip }) => {
    needs({ skip }, 'files of another user')
    const { file, folder } = await newStore()
    for (const path of [folder, file]) chownSync(path, 1234, 1235)
    // A killed process of the owner left these.
    writeFileSync(`${file}.tmp`, 'half')
    chownSync(`${file}.tmp`, 1234, 1235)
    await openStore(file, quick).probe()
    await openStore(file, quick).set('more', new Secret('value'))
    await openStore(join(folder, 'new/folder/store.age'), quick).set(item, new Secret(secret))
    for (const name of ['store.age', 'new', 'new/folder', 'new/folder/store.age'])
      expect([name, statSync(join(folder, name)).uid, statSync(join(folder, name)).gid]).toEqual([name, 1234, 1235])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await openStore(file).items()).toSorted()).toEqual([item, 'more'])
  })

  test("is replaced despite a killed process's leftovers", async () => {
    const { file, folder } = await newStore()
    writeFileSync(`${file}.tmp`, 'half')
    await openStore(file, quick).set('more', new Secret('value'))
    expect(readdirSync(folder)).toEqual(['store.age'])
  })

  test('is read without a trace beside it', async () => {
    const { file, folder } = await newStore()
    const before = statSync(folder).mtimeMs
    await openStore(file).get(item)
    await openStore(file).items()
    await openStore(file).delete('missing')
    expect(statSync(folder).mtimeMs).toBe(before)
  })

  test('is opened once per process, and read again when it changed', async () => {
    const { file } = await newStore({ workFactor: 16 })
    const store = openStore(file)
    // Processor time, which a busy machine does not change.
    const costOf = async (times: number): Promise<number> => {
      const before = process.cpuUsage()
      for (let time = 0; time < times; time++) await store.get(item)
      return process.cpuUsage(before).user
    }
    expect(await costOf(1)).toBeGreaterThan(await costOf(20))
    await openStore(file, quick).set(item, new Secret('of another process'))
    expect((await store.get(item))?.reveal()).toBe('of another process')
  })
})

describe('the passphrase', () => {
  test('is not requested when there is nothing to open', async () => {
    const asked: string[] = []
    const store = openStore(join(newFolder(), 'store.age'), { asked })
    expect([await store.get(item), await store.items(), await store.delete(item)]).toEqual([undefined, [], false])
    expect(asked).toEqual([])
  })

  test('is requested once, to create or to open', async () => {
    const file = join(newFolder(), 'store.age')
    const asked: string[] = []
    const store = openStore(file, { asked, ...quick })
    await Promise.all([store.set(item, new Secret(secret)), store.set('more', new Secret('value'))])
    await store.delete('more')
    await store.get(item)
    expect(asked).toEqual(['create'])
    const again = openStore(file, { asked, ...quick })
    await Promise.all([again.get(item), again.items()])
    await again.probe()
    expect(asked).toEqual(['create', 'open'])
  })

  test('is a failure if wrong, and the file stays unchanged', async () => {
    const { file } = await newStore()
    for (const phrase of ['wrong', '', `${passphrase} `]) await expectRefusal(file, 'passphrase_wrong', { phrase })
    expect((await openStore(file).get(item))?.reveal()).toBe(secret)
  })
})

describe('a damaged file', () => {
  test('truncated anywhere is refused and left unchanged', async () => {
    const { file } = await newStore()
    const whole = readFileSync(file)
    for (let length = 0; length < whole.length; length += 64) {
      writeFileSync(file, whole.subarray(0, length))
      await expectRefusal(file, 'store_file_damaged')
    }
    writeFileSync(file, whole.subarray(0, -1))
    await expectRefusal(file, 'store_file_damaged')
    writeFileSync(file, Buffer.concat([whole, Buffer.from('x')]))
    await expectRefusal(file, 'store_file_damaged')
    writeFileSync(file, whole)
    expect((await openStore(file).get(item))?.reveal()).toBe(secret)
  })

  test('with one flipped bit anywhere is refused and left unchanged', async () => {
    const { file } = await newStore()
    const whole = readFileSync(file)
    // A damaged salt or file key looks like a wrong passphrase.
    const [, stanza = '', body = ''] = whole.toString('latin1').split('\n')
    const tied = { from: 22, to: 22 + stanza.length + 1 + body.length }
    let seed = 20261120
    for (let flips = 0; flips < 80; flips++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 1
      const offset = (seed >>> 8) % whole.length
      const bytes = Buffer.from(whole)
      bytes[offset]! ^= 1 << ((seed >>> 4) % 8)
      writeFileSync(file, bytes)
      const { code } = await storeFailureOf(openStore(file).get(item))
      const expected =
        offset >= tied.from && offset < tied.to ? /^(?:passphrase_wrong|store_file_damaged)$/ : /_damaged$/
      expect(code, `bit flipped at ${offset}`).toMatch(expected)
      expect(readFileSync(file).equals(bytes)).toBe(true)
    }
  })

  test('that never was an age file is refused and left unchanged', async () => {
    const file = join(newFolder(), 'store.age')
    const toSomebody = new Encrypter()
    toSomebody.addRecipient(await identityToRecipient(await generateIdentity()))
    const sealed = async (text: string): Promise<Uint8Array> => {
      const encrypter = new Encrypter()
      encrypter.setPassphrase(passphrase)
      encrypter.setScryptWorkFactor(9)
      return encrypter.encrypt(text)
    }
    for (const [content, problem] of [
      ['', /empty/],
      ['{"v":1,"items":{}}', /not an age file/],
      [armor.encode(await sealed('{"v":1,"items":{}}')), /armored/],
      [await toSomebody.encrypt('{"v":1,"items":{}}'), /not encrypted with a passphrase/],
      [await sealed('{"v":2,"items":{}}'), /not written by this version/],
      [await sealed('{"v":1,"items":[]}'), /not written by this version/],
      [await sealed('not JSON'), /not written by this version/],
      [await sealed('{"v":1,"items":{"a":1}}'), /not text/],
      [Buffer.alloc(9 * 1024 * 1024), /far too much/],
      // Its header alone would cost a gigabyte and ten seconds.
      [`age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 20\n${'A'.repeat(43)}\n`, /work factor is 20, but gsa/],
      [`age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 19\n`, /work factor is 19/],
      [`age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 99999\n`, /work factor is 99999/],
      [`age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 0x14\n`, /not encrypted with a passphrase/],
    ] as const) {
      writeFileSync(file, content)
      expect((await expectRefusal(file, 'store_file_damaged')).causeText).toMatch(problem)
    }
  })
})

describe('an unusable place', () => {
  test.each([
    ['a folder', (folder: string) => mkdirSync(join(folder, 'store.age'))],
    ['a named pipe', (folder: string) => makeNamedPipe(join(folder, 'store.age'))],
  ])('because the file is %s is a failure immediately', async (_, make) => {
    const folder = newFolder()
    make(folder)
    const store = openStore(join(folder, 'store.age'), quick)
    for (const work of [() => store.get(item), () => store.set(item, new Secret(secret)), () => store.probe()])
      expect((await storeFailureOf(work())).code).toBe('store_file_unusable')
    expect(readdirSync(folder)).toEqual(['store.age'])
  })

  test('because its lock is a named pipe is a failure immediately, for changes', async ({ skip }) => {
    needs({ skip }, 'owners and modes of files')
    const { file } = await newStore()
    makeNamedPipe(`${file}.lock`)
    const failure = await storeFailureOf(openStore(file, quick).set(item, new Secret('new')))
    expect(failure.code).toBe('store_file_unusable')
    expect(failure.causeText).toContain(`its lock "${file}.lock" cannot be used: it is not a file`)
    expect((await openStore(file, quick).get(item))?.reveal()).toBe(secret)
  })

  test('because it is another user’s is a failure, for changes and before them', async ({ skip }) => {
    needs({ skip }, 'files of another user')
    const { file, folder } = await newStore()
    await asUser(1234, folder, async () => {
      chmodSync(file, 0o644)
      process.seteuid?.(0)
      chownSync(file, 1235, 1235)
      process.seteuid?.(1234)
      for (const work of [
        (store: SecretStore) => store.set(item, new Secret('new')),
        (store: SecretStore) => store.probe(),
        (store: SecretStore) => store.demandChangeable!(),
      ]) {
        const failure = await storeFailureOf(work(openStore(file, quick)))
        expect(failure.causeText).toContain(
          `it belongs to another user (uid 1235); run gsa as that user, or run as root: chown 1234 ${file}`,
        )
      }
      expect((await openStore(file, quick).get(item))?.reveal()).toBe(secret)
      expect(readdirSync(folder)).toEqual(['store.age'])
    })
  })

  test('because only its owner may replace it there is a failure before a change', async ({ skip }) => {
    needs({ skip }, 'files of another user')
    const { file, folder } = await newStore()
    await asUser(1234, folder, async () => {
      process.seteuid?.(0)
      chmodSync(file, 0o644)
      chownSync(file, 0, 0)
      chownSync(folder, 0, 0)
      chmodSync(folder, 0o1777)
      process.seteuid?.(1234)
      const failure = await storeFailureOf(openStore(file, quick).demandChangeable!())
      expect(failure.causeText).toContain('it belongs to another user (uid 0)')
    })
  })

  test('because its folder is a file, or not writable, is a failure before anything is stored', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'file'), 'content')
    // Even root cannot write to /sys.
    for (const file of [join(folder, 'file/store.age'), '/sys/gsa/store.age']) {
      const store = openStore(file, quick)
      for (const work of [() => store.set(item, new Secret(secret)), () => store.probe()])
        expect((await storeFailureOf(work())).code).toBe('store_file_unusable')
    }
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('content')
  })

  test('because something blocks the temporary file is a failure', async () => {
    const { file } = await newStore()
    mkdirSync(`${file}.tmp`)
    await expectRefusalOfChanges(file)
    expect(existsSync(`${file}.tmp`)).toBe(true)
  })

  test('because the disk is full is a failure, and the old content is still there', async () => {
    const { file, folder } = await newStore()
    const before = readFileSync(file)
    const job = { store: { kind: 'file', file, passphrase, workFactor: 9 }, set: { more: 'x'.repeat(1200) } } as const
    // The system refuses to write more than 1 KiB to a file, as it does on a full disk.
    const outcome = await processes.run(job, {}, '-f 1')
    expect(outcome.failure).toMatchObject({ code: 'store_file_unusable', exitCode: 7 })
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(readdirSync(folder)).toEqual(['store.age'])
    expect(await processes.run(job, {})).toEqual({ failure: null })
  })
})

let processes: StoreProcesses
beforeAll(async () => {
  processes = await buildStoreProcess()
})
afterAll(() => processes.end())

async function expectRefusalOfChanges(file: string): Promise<void> {
  const before = readFileSync(file)
  const store = openStore(file, quick)
  for (const work of [() => store.set(item, new Secret('new')), () => store.probe(), () => store.delete(item)])
    expect((await storeFailureOf(work())).code).toBe('store_file_unusable')
  expect(readFileSync(file).equals(before)).toBe(true)
}
