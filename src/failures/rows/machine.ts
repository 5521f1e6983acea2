import { Exit } from '../exit.ts'
import { row } from '../row.ts'

/** Errors of the keychain, the browser and the ports, as other programs meet them. */
export const machineRows = {
  keychain_value_too_long: row(
    Exit.Store,
    () => 'The keychain refuses the value, because it is too long. Windows stores at most 2,560 bytes per item.',
    () =>
      'Store less: only the refresh token, or parts of the value as separate items. gsa stores only the refresh token and its client: gsa login',
  ),
  keychain_full: row(
    Exit.Store,
    () => 'The keychain has no room for another item.',
    () => 'Delete items that are no longer used (Windows: cmdkey /list, then cmdkey /delete:NAME), then try again.',
  ),
  keyring_passphrase_needed: row(
    Exit.Store,
    () =>
      'The store of the program is an encrypted file or a password store, and it waits for a passphrase that nobody can type.',
    () =>
      'Unlock it first in a terminal (gpg: export GPG_TTY=$(tty)), or give the program the passphrase in its own variable. With gsa: GSA_STORE_PASSPHRASE_FILE',
  ),
  browser_missing: row(
    Exit.LoginRequired,
    () => 'The program found no browser to open for the login, as on a server, in a container or in WSL.',
    () =>
      'Open the printed URL in a browser elsewhere, and forward the port (ssh -L PORT:127.0.0.1:PORT). With gsa, no port is needed: gsa login --start, then gsa login --finish',
  ),
  port_reserved: row(
    Exit.Network,
    () => 'The system does not let the program listen on this port: it is reserved (Windows, Hyper-V), or below 1024.',
    () =>
      'Use another port, best one that the system chooses (port 0). On Windows, see: netsh interface ipv4 show excludedportrange protocol=tcp',
  ),
}
