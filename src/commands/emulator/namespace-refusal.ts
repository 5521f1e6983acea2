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
  const setting = settings.find(([name, forbidding]) => valueOf(name) === forbidding)
  if (setting !== undefined) {
    const [name, value, allowing] = setting
    return { reason: `${name} is ${value}`, change: `Run: sudo sysctl ${name}=${allowing}` }
  }
  const reason = printed.trim().split('\n').at(-1) || 'the kernel gives no reason'
  const isContainer =
    /permitted|denied/.test(reason) && ['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file))
  const change = isContainer
    ? 'Start the container with: docker run --cap-add SYS_ADMIN --security-opt apparmor=unconfined'
    : 'Run gsa as root'
  return { reason, change }
}

function valueOf(setting: string): string | undefined {
  const file = `/proc/sys/${setting.replaceAll('.', '/')}`
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
