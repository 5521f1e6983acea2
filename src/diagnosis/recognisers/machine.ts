import type { Evidence } from '../evidence.ts'
import { all, known, type Recogniser } from './recogniser.ts'

const portIn = (text: string): number | null => {
  const port = Number(
    /(?:EADDRINUSE|in use|socket address)\D{0,80}(?:127\.0\.0\.1|::1?|0\.0\.0\.0|localhost|port|\*)[: \])]{1,3}(\d{2,5})\b/i.exec(
      text,
    )?.[1] ?? /:(\d{2,5})\b(?=.{0,60}in use)/.exec(text)?.[1],
  )
  return port > 0 && port < 65_536 ? port : null
}
const networkTrouble =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_INTERNET_DISCONNECTED)\b|Could not resolve host|Name or service not known|no such host|Failed to establish a new connection|UnknownHostException|Temporary failure in name resolution|Max retries exceeded|connection timed out/i
const tlsTrouble =
  /SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|self[- ]signed certificate(?: in certificate chain)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|unable to (?:verify the first|get local issuer) certificate|CERTIFICATE_VERIFY_FAILED|PKIX path building failed|x509: certificate \w+(?: \w+){0,6}|SSL certificate problem/i
const atGoogle = ({ host = '' }: Evidence): boolean => host.endsWith('.com')
const nowhere = ({ host, namesOtherHost }: Evidence): boolean => !namesOtherHost && !(host?.endsWith('.com') ?? false)
const trouble =
  (pattern: RegExp): ((evidence: Evidence) => { readonly host: string; readonly problem: string }) =>
  ({ text, host = 'the server' }) => ({ host, problem: pattern.exec(text)?.[0] ?? 'no answer' })

/** Recognises errors of the keychain, ports and the network. */
export const machine: readonly Recogniser[] = [
  known(
    'keychain_missing',
    'certain',
    /Cannot autolaunch D-Bus without X11|org\.freedesktop\.secrets was not provided by any \.service files/i,
    (_, [problem]) => ({ problem, platform: 'linux' }),
  ),
  known(
    'keychain_missing',
    'likely',
    /No recommended backend was available|NoKeyringError|libsecret-1\.so\.0: cannot open shared object file/i,
    (_, [problem]) => ({ problem, platform: 'linux' }),
  ),
  known(
    'keychain_locked',
    'certain',
    /failed to unlock correct collection|Object does not exist at path \S{0,60}collection\/\w+|User interaction is not allowed|-25308\b|Cannot create an item in a locked collection/i,
    (_, [problem]) => ({
      problem: problem.replace(/^-25308$/, 'errSecInteractionNotAllowed'),
      platform: /interaction|-25308/i.test(problem) ? 'darwin' : 'linux',
    }),
  ),
  known(
    'port_busy',
    'certain',
    /EADDRINUSE|Address already in use|Only one usage of each socket address|port is already (?:in use|allocated)/i,
    ({ text }) => ({ port: portIn(text) }),
  ),
  known('tls_failed', 'certain', all(tlsTrouble, atGoogle), trouble(tlsTrouble)),
  known('tls_failed', 'likely', all(tlsTrouble, nowhere), trouble(tlsTrouble)),
  known('unreachable', 'certain', all(networkTrouble, atGoogle), trouble(networkTrouble)),
  known('unreachable', 'possible', all(networkTrouble, nowhere), trouble(networkTrouble)),
]
