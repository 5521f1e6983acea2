import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { root, runProgram } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'

const compose = parse(readFileSync(join(root, 'examples/compose/compose.yaml'), 'utf8')) as {
  services: Readonly<Record<'google' | 'app', { readonly environment: Readonly<Record<string, string>> }>>
}

const variablesOf = (service: 'google' | 'app'): string =>
  Object.entries(compose.services[service].environment)
    .map(([name, value]) => `${name}='${value}'`)
    .join(' ')

// The emulator, the application and the browser each have a network namespace. The browser finds the others at other
// addresses, as behind published ports.
const script = String.raw`set -eu
ip link set lo up
container() { # NAME
  unshare -n sleep 600 & eval "$1=$!"
  # Until then, a device would stay here.
  while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.1; done
}
container google; container app
link() { # PID DEVICE ADDRESS PID DEVICE ADDRESS
  ip link add "$2" type veth peer name "$5"
  for end in "$1 $2 $3" "$4 $5 $6"; do set -- $end
    if [ "$1" != here ]; then ip link set "$2" netns "$1"; inside="nsenter -t $1 -n"; else inside=; fi
    $inside ip addr add "$3/24" dev "$2"; $inside ip link set "$2" up; $inside ip link set lo up
  done
}
link $google backend 10.9.1.2 $app backendpeer 10.9.1.3
link here googleport 10.9.2.1 $google port 10.9.2.2
link here appport 10.9.3.1 $app port 10.9.3.2
printf '127.0.0.1 localhost\n10.9.1.2 google\n' > "$HOSTS"
mount --bind "$HOSTS" /etc/hosts

nsenter -t $google -n env -u GSA_EMULATOR_HOST ${variablesOf('google')} GSA_EMULATOR_AUTO_CONSENT=1 GSA_EMULATOR_LISTEN_ADDRESS=0.0.0.0 "$NODE" "$ROOT/bin/gsa.js" emulator start > /dev/null 2>&1 & emulator=$!
nsenter -t $app -n env ${variablesOf('app')} "$NODE" "$ROOT/examples/compose/app.mjs" & application=$!
in_app() { nsenter -t $app -n curl -sS --retry 50 --retry-delay 1 --retry-connrefused "$@"; }
in_browser() { curl -sS --retry 50 --retry-delay 1 --retry-connrefused --connect-to localhost:9077:10.9.2.2:9077 --connect-to localhost:8080:10.9.3.2:8080 -H 'sec-fetch-mode: navigate' "$@"; }
echo "health: $(in_app http://google:9077/healthz)"
echo "issuer: $(in_app http://google:9077/.well-known/openid-configuration | grep '"issuer"')"
echo "page: $(in_browser -L http://localhost:8080/)"
echo "without: $(in_app -o /dev/null -w '%{http_code}' http://google:9077/emulator/v1/clients)"
echo "with: $(in_app -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer let-me-in' http://google:9077/emulator/v1/clients)"
code=$(nsenter -t $app -n env GSA_EMULATOR_HOST=google:9077 GSA_EMULATOR_CONTROL_TOKEN=let-me-in "$NODE" "$ROOT/bin/gsa.js" emulator code)
echo "code: $code"
kill $emulator $application
wait $emulator || echo "stopped: $?"
kill $google $app
`

test('the compose example signs in a browser that is on another network than the application', async ({ skip }) => {
  needs({ skip }, 'network namespaces')
  const folder = mkdtempSync(join(tmpdir(), 'gsa-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const env = { NODE: process.execPath, ROOT: root, HOSTS: join(folder, 'hosts') }
  // A process namespace, so that nothing outlives the script.
  const isolated = ['-Urnm', '--fork', '--pid', '--mount-proc', '--kill-child', 'sh', '-c', script]
  const { stdout, stderr } = await runProgram('unshare', isolated, { env, deadlineMs: 90_000 })
  expect(stdout, stderr).toContain('health: {"status":"ok"}')
  expect(stdout).toMatch(/issuer: .*"http:\/\/google:9077"/)
  expect(stdout).toContain('page: You are signed in as ada@example.com.')
  expect(stdout).toContain('without: 401\nwith: 200\ncode: 4/0')
  expect(stdout).toContain('stopped: 130')
})
