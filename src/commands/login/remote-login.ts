import { portOf } from '../../oauth/redirect-uri.ts'
import type { Context } from '../../terminal/context.ts'
import { remoteSurroundings, type RemoteSurroundings } from '../../terminal/remote-surroundings.ts'

const descriptions: Readonly<Record<RemoteSurroundings, string>> = {
  Codespaces: 'a codespace',
  'Cloud Shell': 'Cloud Shell',
  WSL: 'WSL',
  SSH: 'an SSH session',
  container: 'a container',
  'no display': 'a machine without a display',
}

/**
 * Returns how to log in if the browser is on another machine than the listener at `redirectUri`. Undefined if that is
 * unlikely, or if the user chose the port and opens the browser: then the port is forwarded already.
 */
export function remoteLoginAdvice(
  { env, platform }: Context,
  { port, browser }: { readonly port: number; readonly browser?: string | false },
  redirectUri: string,
): string | undefined {
  const surroundings = remoteSurroundings(env, platform)
  if (surroundings === undefined || (port !== 0 && browser === false)) return undefined
  const listening = portOf(redirectUri)
  const twoSteps = `This looks like ${descriptions[surroundings]}. If your browser is on another machine, press Ctrl-C and run: gsa login --start, then gsa login --finish`
  return surroundings === 'SSH' || surroundings === 'no display'
    ? `${twoSteps}\nOr forward the port from that machine: ssh -L ${listening}:127.0.0.1:${listening} HOST (to choose the port: gsa login --port PORT --no-browser)`
    : twoSteps
}
