/** How other programs meet the emulator at Google's addresses. */
export interface ImpersonationProxy {
  /** The address of the proxy: `http://127.0.0.1:PORT`. */
  readonly url: string
  /** The certificate of the private CA, as PEM. It exists until the emulator is closed. */
  readonly caFile: string
  /** The hash of the CA's public key, for Chromium's `--ignore-certificate-errors-spki-list`. */
  readonly spki: string
  /** The variables with which curl, Go, Python, Node.js, Java and others use the proxy and trust the CA. */
  readonly environment: Readonly<Record<string, string>>
}
