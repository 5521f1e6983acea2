import { existsSync } from 'node:fs'
import type { Environment } from '../core/environment.ts'

/** An environment whose user probably has the browser on another machine. */
export type RemoteSurroundings = 'Codespaces' | 'Cloud Shell' | 'WSL' | 'SSH' | 'container' | 'no display'

/**
 * Returns the kind of remote environment; undefined on an ordinary desktop.
 * @param exists checks whether a path exists
 */
export function remoteSurroundings(
  env: Environment,
  platform: NodeJS.Platform,
  exists: (path: string) => boolean = existsSync,
): RemoteSurroundings | undefined {
  const has = (...names: readonly string[]): boolean => names.some((name) => (env[name] ?? '') !== '')
  // Environments that are also containers or have SSH come first.
  if (has('CODESPACES')) return 'Codespaces'
  if (has('CLOUD_SHELL')) return 'Cloud Shell'
  if (has('WSL_DISTRO_NAME')) return 'WSL'
  if (has('SSH_CONNECTION', 'SSH_TTY')) return 'SSH'
  if (has('KUBERNETES_SERVICE_HOST') || ['/.dockerenv', '/run/.containerenv'].some(exists)) return 'container'
  return platform === 'linux' && !has('DISPLAY', 'WAYLAND_DISPLAY') ? 'no display' : undefined
}
