import type { createServer as createServerType } from 'node:net'
import { nodeCommand } from '../../core/embedded-file.ts'
import { shellWord } from '../../core/shell-word.ts'

/**
 * A script for `sh` in a new mount namespace. Its arguments: a folder for the files, the folder of certificates (empty
 * if there is none), the certificate to add there and its name, the address of Google's hosts, the ports to listen on
 * (empty without a network namespace), the user and group that a program gets back (empty if they stay), then each
 * file with the place where programs find it. It prints "ready", and ends with its standard input.
 */
export const namespaceScript = `set -eu
umask 022
at=$1/mount certificates=$2 ca=$3 name=$4 address=$5 ports=$6 user=$7 group=$8
shift 8
# Outlives the files of gsa, so that a program in the background keeps its own.
mkdir "$at"
mount -t tmpfs -o mode=755 gsa "$at"
if [ -n "$certificates" ]; then
  mkdir "$at/certificates"
  # A file that cannot be read here is of no use to the program either.
  cp -PR "$certificates/." "$at/certificates" 2>/dev/null || :
  cat "$ca" > "$at/certificates/$name"
  mount --bind "$at/certificates" "$certificates"
fi
while [ $# -gt 0 ]; do
  if [ -d "$2" ]; then mkdir "$at/$#"; else cat "$1" > "$at/$#"; fi
  mount --bind "$at/$#" "$2"
  shift 2
done
if [ -n "$ports" ]; then
  # glibc finds no host for programs that want only addresses like their own (AI_ADDRCONFIG), if that is 127.0.0.1.
  ip link set lo up 2>/dev/null && ip addr add 127.0.0.2/8 dev lo || {
    mkdir "$at/sys"
    mount -t sysfs gsa "$at/sys"
    echo 9 > "$at/sys/class/net/lo/flags"
    umount "$at/sys"
  }
  # Root may lack the right to listen on port 443.
  { echo 443 > /proc/sys/net/ipv4/ip_unprivileged_port_start; } 2>/dev/null || :
  ${nodeCommand().map(shellWord).join(' ')} -e ${shellWord(`(${sendServers.toString()})(require, process.argv.slice(1))`)} $ports < /dev/null
elif command -v getent > /dev/null; then
  # Without variables, a program that finds another address would meet the real Google.
  for database in ahostsv4 ahostsv6; do
    found=$(getent "$database" accounts.google.com) || :
    case $database/\${found#::ffff:} in
      "$database/$address "* | "$database/") ;;
      *) echo "this system does not find hosts in /etc/hosts" >&2; exit 1 ;;
    esac
  done
fi
if [ -n "$user" ]; then unshare --user --map-user="$user" --map-group="$group" true; fi
# A signal for the whole group must not end this before the program has entered.
trap '' HUP INT QUIT TERM
echo ready
read -r _ || :
`

/** Runs in another process: listens on ports of its own 127.0.0.1, and sends the servers to the process of gsa. */
function sendServers(load: NodeJS.Require, ports: readonly string[]): void {
  const { createServer } = load('node:net') as { readonly createServer: typeof createServerType }
  let missing = ports.length
  for (const port of ports) {
    const server = createServer().listen(Number(port), '127.0.0.1', () => {
      // A socket stays in the namespace where it was made, whichever process accepts its connections.
      process.send?.(port, server, () => {
        missing--
        if (missing === 0) process.exit()
      })
    })
  }
}
