/** What `gsa help TOPIC` tells: a line above, and rows of a name and what it means. */
export interface HelpTopic {
  readonly title: string
  readonly rows: readonly (readonly [name: string, meaning: string])[]
}

/** The topics of `gsa help`, by name. The README has the same tables; a test compares them. */
export const helpTopics: Readonly<Record<string, HelpTopic>> = {
  'exit-codes': {
    title: 'The exit code says whose turn it is. With --json, error.code on standard error says what it was.',
    rows: [
      ['0', 'done'],
      ['1', 'a bug of gsa'],
      ['2', 'usage: a flag, an argument or an input file'],
      ['3', 'network: unreachable, timed out, no valid answer'],
      ['4', 'login required: nothing stored, refresh token refused, consent denied'],
      ['5', 'refused by the authorization server or the API'],
      ['6', 'verification failed: state, issuer, nonce, ID token, account'],
      ['7', 'store: keychain absent, locked, denied'],
      ['130', 'interrupted'],
    ],
  },
  environment: {
    title: 'A flag overrules its variable, and an empty variable counts as none.',
    rows: [
      ['GSA_CLIENT_SECRETS', 'the client secrets file; needed until an account is stored (--client-secrets)'],
      ['GSA_ACCOUNT', 'which stored account, by e-mail address or subject (--account)'],
      ['GSA_STORE', 'keychain (default), file:PATH, helper:NAME, memory (--store)'],
      ['GSA_STORE_PASSPHRASE_FILE', 'a file in another folder, whose first line is the passphrase of an age file'],
      ['GSA_REFRESH_TOKEN', 'use this refresh token; nothing is read from or written to a store'],
      ['GSA_ISSUER', 'another authorization server: https, or http on a loopback address (--issuer)'],
      ['GSA_DRIVE_URL', 'another Drive'],
      ['GSA_EMULATOR_HOST', 'HOST:PORT of gsa emulator: sets both'],
      ['GSA_CONFIG_DIR', 'where the list of accounts is; it holds no secret'],
      ['GSA_TRUST_CONFIG_DIR', '1: use that folder although other users can write to it'],
      ['GSA_BROWSER, BROWSER', 'the command that gets the URL of a login (--browser)'],
      ['HTTPS_PROXY, NO_PROXY', 'the way out; loopback addresses never go through a proxy'],
      ['NODE_EXTRA_CA_CERTS', 'a file of more CA certificates, such as that of a company proxy'],
      ['NO_COLOR', 'no colours (--no-color)'],
    ],
  },
}
