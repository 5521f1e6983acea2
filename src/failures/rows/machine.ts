import { Exit } from '../exit.ts'
import { row } from '../row.ts'

/** Errors of the keychain, the browser and the ports, as other programs meet them. */
export const machineRows = {
  keychain_value_too_long: row(
    Exit.Store,
    () => 'The keychain refuses the value because it is too long. Windows stores at most 2,560 bytes per item.',
    () => 'Store less (only the refresh token), split the value into several items, or use an encrypted file.',
  ),
  keychain_full: row(
    Exit.Store,
    () => 'The keychain has no room for another item.',
    () =>
      'Delete items that are no longer used (Windows: cmdkey /list, then cmdkey /delete:NAME; macOS: Keychain Access; Linux: Seahorse), then try again.',
  ),
  keyring_passphrase_needed: row(
    Exit.Store,
    () => "The program's store is encrypted and waits for a passphrase, but has no terminal to ask.",
    () =>
      'Unlock it first in a terminal (gpg: export GPG_TTY=$(tty)), or set the environment variable that the program documents. A new password store needs: pass init GPG_ID',
  ),
  browser_missing: row(
    Exit.LoginRequired,
    () => 'The program found no browser to open for the login, as on a server, in a container or in WSL.',
    () =>
      'Open the printed URL in a browser on your computer, after running there: ssh -L PORT:127.0.0.1:PORT HOST. With gsa, no port is needed: gsa login --start, then gsa login --finish',
  ),
  port_reserved: row(
    Exit.Network,
    () => 'The system does not let the program listen on this port: it is reserved (Windows, Hyper-V), or below 1024.',
    () =>
      'Use another port, preferably 0 (the system picks a free one). On Windows, see the reserved ones: netsh interface ipv4 show excludedportrange protocol=tcp',
  ),
}
