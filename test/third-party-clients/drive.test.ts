import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { needs, type SystemPart } from '../support/system-parts.ts'
import { driveRecipes, programs, recipes, requestsOf, run, signedIn, test, testWithGoogleHosts } from './client.ts'

// The first test compiles the client for Go.
const timeout = 240_000

describe('Drive in docs/emulator-recipes.md', () => {
  testWithGoogleHosts.for(driveRecipes)(
    '$file stores a file in the app folder and reads it',
    { timeout },
    async ({ file, part }, { google, folder, skip }) => {
      needs({ skip }, part)
      const ended = await run(join(recipes, file), google, { folder, env: await signedIn(google) })
      const stdout = 'files: settings.json\ncontent: {"theme":"dark"}\n'
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout })
    },
  )
})

interface Upload {
  readonly client: string
  readonly part?: SystemPart
  readonly file: string
  readonly size: number
  /** How many requests the client sends for the upload. */
  readonly requests: number
}

const go = { client: 'Google’s Drive client for Go', part: 'the Drive client for Go', file: 'upload.go' } as const
const ruby = { client: 'Google’s client for Ruby', part: 'Google’s client for Ruby', file: 'upload.rb' } as const
const node = { client: 'Google’s Drive client for Node', file: 'upload.mjs' } as const

const uploads: readonly Upload[] = [
  { ...go, size: 7_000_000, requests: 1 },
  // Chunks of 16 MiB, each acknowledged with 200 because the client refuses 308.
  { ...go, size: 20_000_000, requests: 3 },
  { ...ruby, size: 7_000_000, requests: 2 },
  { ...ruby, size: 20_000_000, requests: 2 },
  { ...node, size: 7_000_000, requests: 1 },
  { ...node, size: 20_000_000, requests: 1 },
]

const hashOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

describe('a large upload', () => {
  test.for(uploads)(
    '$client stores $size bytes with $requests requests, reads them and replaces them',
    { timeout },
    async ({ part, file, size, requests }, { google, folder, skip }) => {
      if (part) needs({ skip }, part)
      const path = join(folder, 'large.bin')
      const content = randomBytes(size)
      writeFileSync(path, content)
      const target = join(folder, 'downloaded.bin')
      const env = await signedIn(google)
      const ended = await run(join(programs, file), google, { folder, argv: [path, target], env })
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0 })
      const downloads = [target, `${target}.again`].map((each) => hashOf(readFileSync(each)))
      expect(downloads).toEqual([hashOf(content), hashOf(content)])
      const sent = requestsOf(google).filter((request) => request.includes(' /upload/'))
      expect(sent.filter((request) => request.startsWith('POST') && request.endsWith('files 200'))).toHaveLength(
        requests,
      )
    },
  )

  test(
    'by Google’s Drive client for Go resumes when the connection is lost',
    { timeout },
    async ({ google, folder, skip }) => {
      needs({ skip }, go.part)
      const content = randomBytes(20_000_000)
      const [path, target] = [join(folder, 'large.bin'), join(folder, 'downloaded.bin')]
      writeFileSync(path, content)
      const env = await signedIn(google)
      // At the end of its first chunk: while it still writes, it may see a broken pipe, which it does not retry.
      google.arm({ on: 'upload', fault: 'upload-cut', bytes: 16 * 1024 * 1024 })
      const ended = await run(join(programs, go.file), google, { folder, argv: [path, target], env })
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0 })
      expect(requestsOf(google)).toContain('POST /upload/drive/v3/files 0')
      expect(readFileSync(target).equals(content)).toBe(true)
    },
  )
})
