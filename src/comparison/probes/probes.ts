import type { Probe } from '../probe.ts'
import { accountProbes } from './account-probes.ts'
import { driveProbes } from './drive-probes.ts'
import { signInProbes } from './sign-in-probes.ts'
import { tokenProbes } from './token-probes.ts'

/** Every probe, in the order in which they are sent. */
export const probes: readonly Probe[] = [...signInProbes, ...tokenProbes, ...accountProbes, ...driveProbes]

/** Returns up to three names of probes that resemble a word, the most similar first. */
export function similarProbes(word: string): readonly string[] {
  const pairs = (text: string): readonly string[] => Array.from(text.slice(1), (next, at) => text.charAt(at) + next)
  const wanted = new Set(pairs(word.toLowerCase()))
  return probes
    .map(({ name }) => ({
      name,
      shared: (2 * pairs(name).filter((pair) => wanted.has(pair)).length) / (name.length + word.length),
    }))
    .filter(({ shared }) => shared > 0.3)
    .toSorted((a, b) => b.shared - a.shared)
    .slice(0, 3)
    .map(({ name }) => name)
}
