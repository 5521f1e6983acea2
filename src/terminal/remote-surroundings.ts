import { existsSync } from 'node:fs'
import type { Environment } from '../core/environment.ts'

/** A place whose user probably has the browser on another machine. */
export type RemoteSurroundings = 'Codespaces' | 'Cloud Shell' | 'WSL' | 'SSH' | 'container' | 'no display'

/**
 * What kind of such a place this is; undefined for an ordinary desktop.
 * @param exists looks at the disk
 */
export function remoteSurroundings(
  env: Environment,
  platform: NodeJS.Platform,
  exists: (path: string) => boolean = existsSync,
): RemoteSurroundings | undefined {
  const has = (...names: readonly string[]): boolean => names.some((name) => (env[name] ?? '') !== '')
  // Those that are containers with SSH as well come first.
  if (has('CODESPACES')) return 'Codespaces'
  if (has('CLOUD_SHELL')) return 'Cloud Shell'
  if (has('WSL_DISTRO_NAME')) return 'WSL'
  if (has('SSH_CONNECTION', 'SSH_TTY')) return 'SSH'
  if (has('KUBERNETES_SERVICE_HOST') || ['/.dockerenv', '/run/.containerenv'].some(exists)) return 'container'
  return platform === 'linux' && !has('DISPLAY', 'WAYLAND_DISPLAY') ? 'no display' : undefined
}
