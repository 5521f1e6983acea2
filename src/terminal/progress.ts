import { humanDuration } from '../core/human-duration.ts'
import { safeText } from '../core/safe-to-print.ts'
import { humanBytes } from './lines.ts'
import type { Output } from './output.ts'

const drawEveryMs = 100
// Long enough for a steady rate, short enough for a current one.
const rateOverMs = 5000

/** Returns a function that draws the progress of a transfer, with its rate and time left, on {@link Output.status}. */
export function transferProgress(output: Output, name: string): (bytes: number, total: number | undefined) => void {
  const { status } = output
  if (status === undefined) return () => undefined
  const samples: { readonly ms: number; readonly bytes: number }[] = []
  let drawnMs = Number.NEGATIVE_INFINITY
  return (bytes, total) => {
    const ms = performance.now()
    if (ms - drawnMs < drawEveryMs && bytes !== total) return
    drawnMs = ms
    // Bytes to be resent do not count as sent.
    if (bytes < (samples.at(-1)?.bytes ?? 0)) samples.length = 0
    samples.push({ ms, bytes })
    while (samples.length > 2 && ms - samples[0]!.ms > rateOverMs) samples.shift()
    const [first] = samples
    status(transferLine(name, bytes, total, first === undefined ? 0 : (bytes - first.bytes) / ((ms - first.ms) / 1000)))
  }
}

/** `notes.tar  38 %  410 MB of 1.1 GB  85 MB/s  8 seconds left`. An unknown rate, or 0, is not shown. */
function transferLine(name: string, bytes: number, total: number | undefined, bytesASecond: number): string {
  const isRateKnown = Number.isFinite(bytesASecond) && bytesASecond > 0
  return [
    safeText(name),
    ...(total === undefined || total === 0 ? [] : [`${Math.floor((bytes / total) * 100)} %`]),
    `${humanBytes(bytes)}${total === undefined ? '' : ` of ${humanBytes(total)}`}`,
    ...(isRateKnown ? [`${humanBytes(bytesASecond)}/s`] : []),
    ...(isRateKnown && total !== undefined && total > bytes
      ? [`${humanDuration(Math.max(1000, ((total - bytes) / bytesASecond) * 1000))} left`]
      : []),
  ].join('  ')
}
