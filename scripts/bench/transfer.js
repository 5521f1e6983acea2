import { randomFillSync } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { startGoogle } from './google.js'
import { fileFields, inTurn, makeFolder, memoryRow, removeFolder, secondsOf, signedIn } from './gsa.js'
import { spread, whole } from './table.js'
import { startTls } from './tls.js'

const mebibyte = 1024 * 1024
const bytes = { part: 256 * mebibyte, full: 1024 * mebibyte }
const pairs = { part: 7, full: 5 }
const few = { bytes: 1_000_000, times: 3 }
const leastShare = 0.8

/**
 * Measures a long file's way to the app folder and back, compared with bare streams, and its memory compared with that
 * for a short file.
 */
export async function measureTransfer({ full }) {
  const folder = makeFolder()
  try {
    const long = makeFile(folder, 'long.bin', full ? bytes.full : bytes.part)
    const short = makeFile(folder, 'short.bin', few.bytes)
    const times = full ? pairs.full : pairs.part
    return [...(await measurePut(folder, long, short, times)), ...(await measureGet(folder, long, short, times))]
  } finally {
    removeFolder(folder)
  }
}

async function measurePut(folder, long, short, times) {
  // An emulator is twice as slow with fresh memory as with reused memory, so each upload gets a new one.
  const withGoogle = async (run) => {
    const google = await startGoogle()
    try {
      return await run(await signedIn(google, folder))
    } finally {
      await google.stop()
    }
  }
  const put = (file) => () => withGoogle(({ gsa }) => gsa(['drive', 'put', file.path]))
  const putStream = (file) => () =>
    withGoogle(({ gsa }) => gsa(['drive', 'put', '-', '--name', file.name], createReadStream(file.path)))
  const putBare = () =>
    withGoogle(async ({ bare }) => expectBytes(await bare('bare-put.js', fileFields, long.path), long))
  const [puts, bares, streams] = await inTurn(times, put(long), putBare, putStream(long))
  const [shortPuts, shortStreams] = await inTurn(few.times, put(short), putStream(short))
  return [
    rateRow('drive put', long, puts, bares, 'a bare node:http stream'),
    { what: `drive put - of ${size(long)}`, figure: rate(long, streams) },
    memoryRow(`drive put: 1 MB, then ${size(long)}`, puts, shortPuts),
    memoryRow(`drive put -: 1 MB, then ${size(long)}`, streams, shortStreams),
  ]
}

async function measureGet(folder, long, short, times) {
  const google = await startGoogle()
  const tls = await startTls(google, folder)
  try {
    const { gsa, bare, over } = await signedIn(google, folder)
    const target = join(folder, 'target.bin')
    const id = await upload(gsa, long)
    await upload(gsa, short)
    const fresh = (run) => async () => {
      rmSync(target, { force: true })
      return run()
    }
    const get = (run, file) =>
      fresh(async () => {
        const ended = await run(['drive', 'get', file.name, '-o', target])
        if (statSync(target).size !== file.bytes) throw new Error(`${file.name} did not come back whole`)
        return ended
      })
    const getBare = (run, ...more) =>
      fresh(async () => expectBytes(await run('bare-get.js', id, target, ...more), long))
    // Warms up the emulator.
    await inTurn(1, get(gsa, long), getBare(bare))
    const [gets, bares, hashed] = await inTurn(times, get(gsa, long), getBare(bare), getBare(bare, 'md5'))
    const [shortGets] = await inTurn(few.times, get(gsa, short))
    return [
      ...(tls === undefined ? [] : await measureOverTls(over(tls), long, times, { get, getBare })),
      rateRow('drive get', long, gets, hashed, 'a bare stream over http that computes the MD5'),
      // Without a bar: the MD5 alone takes about as long as the bare stream.
      besideRow('drive get', long, gets, bares, 'a bare stream over http that does not'),
      memoryRow(`drive get: 1 MB, then ${size(long)}`, gets, shortGets),
    ]
  } finally {
    await tls?.stop()
    await google.stop()
  }
}

async function measureOverTls({ gsa, bare }, long, times, { get, getBare }) {
  const [gets, bares] = await inTurn(times, get(gsa, long), getBare(bare))
  return [rateRow('drive get', long, gets, bares, 'a bare node:https stream')]
}

async function upload(gsa, file) {
  const { output } = await gsa(['drive', 'put', file.path, '--json'])
  return JSON.parse(output).id
}

/** Creates a file with random content: `{ path, name, bytes }`. */
export function makeFile(folder, name, length) {
  const path = join(folder, name)
  const descriptor = openSync(path, 'w')
  const piece = Buffer.alloc(mebibyte)
  for (let left = length; left > 0; left -= piece.length)
    writeSync(descriptor, randomFillSync(piece), 0, Math.min(left, piece.length))
  // Flushed now, so that writing to the disk does not disturb a measurement.
  fsyncSync(descriptor)
  closeSync(descriptor)
  return { path, name, bytes: length }
}

function expectBytes(run, file) {
  if (Number(run.output) !== file.bytes) throw new Error(`${run.output.trim()} bytes instead of ${file.bytes}`)
  return run
}

function rateRow(what, file, runs, bares, beside) {
  const met = shareOf(runs, bares) >= leastShare
  return { ...besideRow(what, file, runs, bares, beside), bar: `at least ${leastShare * 100} %`, met }
}

function besideRow(what, file, runs, bares, beside) {
  return {
    what: `${what} of ${size(file)}, beside ${beside}`,
    figure: `${rate(file, runs)}, ${rate(file, bares)}, ${whole(shareOf(runs, bares) * 100)} %`,
    spread: Math.max(...[runs, bares].map((some) => spread(secondsOf(some)))),
  }
}

function shareOf(runs, bares) {
  return fastest(bares) / fastest(runs)
}

/** Returns the fastest time, because other programs and the disk only ever add time. */
function fastest(runs) {
  return Math.min(...secondsOf(runs))
}

function rate(file, runs) {
  return `${whole(file.bytes / 1e6 / fastest(runs))} MB/s`
}

function size(file) {
  return file.bytes === bytes.full ? '1 GiB' : `${whole(file.bytes / mebibyte)} MiB`
}
