// Loaded before a script (--import): when the script ends, writes its process's peak memory to descriptor 3, in bytes.
import { existsSync, readFileSync, writeSync } from 'node:fs'

const status = '/proc/self/status'

function peakBytes() {
  // Linux's maxRSS is unsuitable: a new process starts with its parent's value.
  const kibibytes = existsSync(status)
    ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))[1])
    : process.resourceUsage().maxRSS
  return kibibytes * 1024
}

process.on('exit', () => writeSync(3, String(peakBytes())))
