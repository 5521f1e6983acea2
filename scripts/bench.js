// Measures gsa and its emulator and prints one table. `-- --full` uses a million requests and 1 GiB instead of a part
// of them. Names choose measurements: npm run bench -- start-up memory. `--vs FOLDER` measures the commands
// and the emulator of another checkout in the same rounds. A missed bar is a row in the table, never a failed build.
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { measureCommands } from './bench/commands.js'
import { measureDpop } from './bench/dpop.js'
import { measureEmulators } from './bench/emulators.js'
import { measureImpersonation } from './bench/impersonation.js'
import { measureInstall } from './bench/install.js'
import { measureList } from './bench/list.js'
import { measureAccounts } from './bench/many-accounts.js'
import { measureMemory } from './bench/memory.js'
import { measurePeers } from './bench/peers.js'
import { measureRefreshRate } from './bench/refresh-rate.js'
import { measureStartUp } from './bench/start-up.js'
import { table } from './bench/table.js'
import { measureTransfer } from './bench/transfer.js'

const measurements = new Map([
  ['commands', measureCommands],
  ['dpop', measureDpop],
  ['install', measureInstall],
  ['list', measureList],
  ['transfer', measureTransfer],
  ['start-up', measureStartUp],
  ['refresh-rate', measureRefreshRate],
  ['emulators', measureEmulators],
  ['impersonation', measureImpersonation],
  ['peers', measurePeers],
  ['many-accounts', measureAccounts],
  ['memory', measureMemory],
])

const { values, positionals: named } = parseArgs({
  options: { full: { type: 'boolean', default: false }, vs: { type: 'string' } },
  allowPositionals: true,
})
const unknown = named.filter((name) => !measurements.has(name))
if (unknown.length > 0) {
  console.error(`Unknown measurement: ${unknown.join(', ')}. Available: ${[...measurements.keys()].join(', ')}.`)
  process.exit(2)
}

const model = cpus()[0]?.model.trim() ?? 'unknown processor'
console.log(
  `Node ${process.version}, ${process.platform}, ${availableParallelism()} cores (${model}), load ${loadavg()[0].toFixed(1)}, ${new Date().toISOString().slice(0, 10)}\n`,
)

const rows = []
for (const [name, measure] of measurements) {
  if (named.length > 0 && !named.includes(name)) continue
  process.stderr.write(`measuring ${name} …\n`)
  // A failed measurement, for example without a keychain, is also a row.
  rows.push(
    ...(await measure({ full: values.full, other: values.vs }).catch((error) => [
      { what: name, figure: `not measured: ${error.message}` },
    ])),
  )
}
console.log(table(rows))
// Do not wait for open connections.
process.exit(0)
