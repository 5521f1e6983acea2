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
 * What to do if the browser is on another machine than the login that listens at `redirectUri`. Undefined where that is
 * not likely, and for those who chose the port and open the browser themselves: they have forwarded it.
 */
export function remoteLoginAdvice(
  { env, platform }: Context,
  { port, browser }: { readonly port: number; readonly browser?: string | false },
  redirectUri: string,
): string | undefined {
  const surroundings = remoteSurroundings(env, platform)
  if (surroundings === undefined || (port !== 0 && browser === false)) return undefined
  const listening = portOf(redirectUri)
  const twoSteps = `This looks like ${descriptions[surroundings]}. If the browser is on another machine, stop and use: gsa login --start, then gsa login --finish`
  return surroundings === 'SSH' || surroundings === 'no display'
    ? `${twoSteps}\nOr forward the port from there: ssh -L ${listening}:127.0.0.1:${listening} HOST (to choose it: gsa login --port PORT --no-browser)`
    : twoSteps
}
