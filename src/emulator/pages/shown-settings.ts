import { shellWord } from '../../core/shell-word.ts'

/** Where an emulator listens. */
export interface Listening {
  readonly address: string
  /** The certificate of its CA, if it speaks TLS. */
  readonly caFile: string | undefined
}

/** Returns the variables, as a shell reads them, with which gsa uses the emulator. */
export function gsaVariables({ address, caFile }: Listening): readonly string[] {
  if (caFile === undefined) return [`GSA_EMULATOR_HOST=${new URL(address).host}`]
  return [`GSA_EMULATOR_HOST=${address}`, `NODE_EXTRA_CA_CERTS=${shellWord(caFile)}`]
}
