import { existsSync, readFileSync } from 'node:fs'

/** Why a namespace cannot be made, and the change that allows it. */
export interface NamespaceRefusal {
  readonly reason: string
  readonly change: string
}

/** Settings of the Linux kernel with the value that forbids namespaces, and one that allows them. */
const settings = [
  ['user.max_user_namespaces', '0', '15000'],
  ['user.max_mnt_namespaces', '0', '15000'],
  ['user.max_net_namespaces', '0', '15000'],
  ['kernel.unprivileged_userns_clone', '0', '1'],
  ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
] as const

/** Returns why this machine allows no namespaces, from what it says about itself and what the attempt printed. */
export function namespaceRefusal(printed: string): NamespaceRefusal {
  // mount adds an indented hint.
  const said = printed.split('\n').filter((line) => /^\S/.test(line))
  const reason = said.at(-1)?.trim().replace(/\.$/, '') ?? 'the kernel gives no reason'
  const isForbidden = /permitted|denied/.test(reason)
  // The kernel says "No space left on device" if there are as many namespaces as it allows.
  const mayBeSetting = isForbidden || reason.includes('No space left')
  const setting = mayBeSetting ? settings.find(([name, forbidding]) => valueOf(name) === forbidding) : undefined
  if (setting !== undefined) {
    const [name, value, allowing] = setting
    return { reason: `${name} is ${value}`, change: `Run: sudo sysctl ${name}=${allowing}` }
  }
  if (!isForbidden) return { reason, change: 'Fix that' }
  if (['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file))) {
    const change = 'Start the container with: docker run --cap-add SYS_ADMIN --security-opt apparmor=unconfined'
    return { reason, change }
  }
  return { reason, change: process.geteuid?.() === 0 ? 'Run gsa where root may mount files' : 'Run gsa as root' }
}

function valueOf(setting: string): string | undefined {
  const file = `/proc/sys/${setting.replaceAll('.', '/')}`
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
