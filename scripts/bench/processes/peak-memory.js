// Loaded before a script (--import): when that ends, says on descriptor 3 how much memory its
// process held at the most, in bytes.
import { existsSync, readFileSync, writeSync } from 'node:fs'

const status = '/proc/self/status'

function peakBytes() {
  // The maxRSS of Linux is no use here: a new process begins with that of the one that started it.
  const kibibytes = existsSync(status)
    ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))[1])
    : process.resourceUsage().maxRSS
  return kibibytes * 1024
}

process.on('exit', () => writeSync(3, String(peakBytes())))
