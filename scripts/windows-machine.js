// Prepares what test/wine copies for each test file: a fresh Wine prefix, which is a C: drive and a registry, in
// test/wine/node_modules/prefix. Does nothing if it is there.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { forwardingDll } from './windows-machine/forwarding-dll.js'

const folder = join(import.meta.dirname, '../test/wine/node_modules')
const prefix = join(folder, 'prefix')
const unfinished = join(folder, 'prefix.unfinished')

if (!existsSync(prefix)) {
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  // Without the overrides, Wine asks whether it may download Mono and Gecko.
  const env = { ...process.env, WINEPREFIX: unfinished, WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree=;mshtml=' }
  const inPrefix = (program, ...args) => spawnSync(program, args, { env, stdio: 'ignore' }).status
  inPrefix('wineboot', '--init')
  // Node refuses Windows 7, Wine's default.
  inPrefix('wine', 'winecfg', '-v', 'win10')
  inPrefix('wineserver', '--wait')
  const system = join(unfinished, 'drive_c/windows/system32')
  if (!existsSync(join(system, 'kernel32.dll'))) {
    console.error(
      'Wine did not create a prefix. Is it installed? sudo apt-get install --no-install-recommends wine64 wine',
    )
    process.exit(1)
  }
  // Links to the root and to folders of this user. Tools that search the checkout would follow them.
  rmSync(join(unfinished, 'dosdevices'), { recursive: true })
  for (const entry of readdirSync(join(unfinished, 'drive_c/users'), { recursive: true, withFileTypes: true }))
    if (entry.isSymbolicLink()) rmSync(join(entry.parentPath, entry.name))
  // Node 22 calls ProcessPrng. Wine has had it since version 9, under its older name before.
  const prng = { name: 'ProcessPrng', target: 'advapi32.SystemFunction036' }
  writeFileSync(join(system, 'bcryptprimitives.dll'), forwardingDll('bcryptprimitives.dll', prng))
  renameSync(unfinished, prefix)
}
