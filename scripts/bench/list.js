import { order, startGoogle, startLoad } from './google.js'
import { fileFields, inTurn, makeFolder, memoryRow, removeFolder, secondsOf, signedIn } from './gsa.js'
import { median, spread, whole } from './table.js'

const account = 'ada@example.com'
const files = 1_000_000
const pairs = { part: 2, full: 5 }
const mostTimes = 1.3

/**
 * Measures a list of a million files, compared with a bare loop of requests for the same pages, and its memory compared
 * with that for an empty list.
 */
export async function measureList({ full }) {
  const folder = makeFolder()
  const google = await startGoogle()
  try {
    const { gsa, bare } = await signedIn(google, folder, account)
    const listJson = async (lines) => expectLines(await gsa(['drive', 'ls-appfolder', '--json']), lines)
    const listText = async (lines) => expectLines(await gsa(['drive', 'ls-appfolder', '--long']), lines)
    const listBare = async () => expectCount(await bare('bare-list.js', fileFields), files)
    const [noneJson, noneText] = await inTurn(
      3,
      () => listJson(1),
      () => listText(0),
    )
    await fillFolder(google)
    // Warms up the emulator.
    await listBare()
    // Plus one line for each bracket.
    const [json, loop] = await inTurn(full ? pairs.full : pairs.part, () => listJson(files + 2), listBare)
    const text = [await listText(files)]
    return [
      timeRow(json, loop),
      memoryRow(`drive ls-appfolder --json: no file, then ${whole(files)}`, json, noneJson),
      { what: `drive ls-appfolder --long of ${whole(files)} files`, figure: inSeconds(text[0].seconds) },
      memoryRow(`drive ls-appfolder --long: no file, then ${whole(files)}`, text, noneText),
    ]
  } finally {
    await google.stop()
    removeFolder(folder)
  }
}

async function fillFolder(google) {
  const load = startLoad()
  try {
    const requests = [order('files', { account, count: files, bytes: 10 })]
    await load.run({ port: google.port, connections: 1, count: 1, requests })
  } finally {
    await load.stop()
  }
}

function expectLines(run, lines) {
  if (run.lines !== lines) throw new Error(`the list has ${run.lines} lines instead of ${lines}`)
  return run
}

function expectCount(run, count) {
  if (Number(run.output) !== count) throw new Error(`there were ${run.output.trim()} files instead of ${count}`)
  return run
}

function timeRow(json, loop) {
  const [listed, looped] = [json, loop].map(secondsOf)
  const times = median(listed) / median(looped)
  return {
    what: `drive ls-appfolder --json of ${whole(files)} files, beside a bare loop of requests`,
    figure: `${inSeconds(median(listed))}, ${inSeconds(median(looped))}, ${times.toFixed(2)} times`,
    bar: `at most ${mostTimes} times`,
    met: times <= mostTimes,
    spread: Math.max(spread(listed), spread(looped)),
  }
}

function inSeconds(seconds) {
  return `${seconds.toFixed(1)} s`
}
