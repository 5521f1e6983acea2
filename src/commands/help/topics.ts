/** A topic of `gsa help TOPIC`: a title, and rows of a name and its meaning. */
export interface HelpTopic {
  readonly title: string
  readonly rows: readonly (readonly [name: string, meaning: string])[]
}

/** The topics of `gsa help`, by name. The README has the same tables; a test compares them. */
export const helpTopics: Readonly<Record<string, HelpTopic>> = {
  'exit-codes': {
    title:
      'The exit code tells you what kind of action is needed. With --json, error.code on standard error names the problem.',
    rows: [
      ['0', 'done'],
      ['1', 'a bug in gsa'],
      ['2', 'usage: a flag, an argument or an input file'],
      ['3', 'network: unreachable, timed out, no valid response'],
      ['4', 'login required: nothing stored, refresh token rejected, consent denied'],
      ['5', 'rejected by the authorization server or the API'],
      ['6', 'verification failed: state, issuer, nonce, ID token, account'],
      ['7', 'store: keychain missing, locked, access denied'],
      ['130', 'interrupted'],
    ],
  },
  environment: {
    title: 'Flags override variables; empty variables are ignored.',
    rows: [
      ['GSA_CLIENT_SECRETS', 'the client secrets file; needed until an account is stored (--client-secrets)'],
      ['GSA_ACCOUNT', 'the stored account to use: email address or subject, optionally with /CLIENT_ID (--account)'],
      ['GSA_STORE', 'keychain (default), file:PATH, helper:NAME, postgres:URL, memory (--store)'],
      ['GSA_STORE_KEY_FILE', 'a file with the key of a PostgreSQL store: 32 bytes in base64, mode 0600'],
      ['GSA_STORE_KEY_COMMAND', 'a command that prints the same'],
      ['GSA_ALLOW_PLAIN_TEXT_DATABASE', '1: like --allow-plain-text-database'],
      ['GSA_STORE_PASSPHRASE_FILE', 'a file in another folder; its first line is the passphrase of the age file'],
      ['GSA_SERVE_TOKEN_FILE', 'a file whose first line is the pairing token of gsa serve (serve --token-file)'],
      ['GSA_DPOP', '1: bind the refresh token of a new login or exchange to a key (--dpop)'],
      ['GSA_REFRESH_TOKEN', 'use this refresh token; no store is read or written'],
      ['GSA_ISSUER', 'another authorization server: https, or http on a loopback address (--issuer)'],
      ['GSA_DRIVE_URL', 'another Drive server'],
      ['GSA_EMULATOR_HOST', 'HOST:PORT or https://HOST:PORT of gsa emulator; sets the two above'],
      ['GSA_EMULATOR_ISSUER', 'what the answers of gsa emulator say about its address (emulator start --issuer)'],
      [
        'GSA_EMULATOR_CONTROL_TOKEN',
        'the token that other machines need for its control API (emulator start --control-token)',
      ],
      ['GSA_EMULATOR_LISTEN_ADDRESS', 'the address that emulator start listens on (emulator start --host)'],
      ['GSA_EMULATOR_LISTEN_PORT', 'the port that emulator start listens on (emulator start --port)'],
      ['GSA_EMULATOR_AUTO_CONSENT', '1: the emulator allows every consent request (emulator start --auto-consent)'],
      ['GSA_EMULATOR_IMPERSONATE', "1: the emulator stands in for Google's hosts (emulator start --impersonate)"],
      ['GSA_EMULATOR_TLS', '1: the emulator serves https (emulator start --tls)'],
      ['GSA_EMULATOR_CONFIG', 'the initial state of the emulator (emulator start --config)'],
      ['GSA_EMULATOR_PERSIST', 'the file for the state of the emulator (emulator start --persist)'],
      ['GSA_EMULATOR_SEED', 'the seed of keys, codes, tokens and ids (emulator start --seed)'],
      ['GSA_EMULATOR_CLIENT_SECRETS', 'a further client of the emulator (emulator start --client-secrets)'],
      ['GSA_CONFIG_DIR', 'the folder of the account list, which contains no secrets'],
      ['GSA_TRUST_CONFIG_DIR', '1: use that folder even if other users can write to it'],
      ['GSA_BROWSER, BROWSER', 'the command that opens the login URL (--browser)'],
      ['HTTPS_PROXY, NO_PROXY', 'the proxy; never used for loopback addresses'],
      ['NODE_EXTRA_CA_CERTS', "a file with extra CA certificates, such as your company proxy's"],
      ['NO_COLOR', 'print without colours (--no-color)'],
    ],
  },
}
