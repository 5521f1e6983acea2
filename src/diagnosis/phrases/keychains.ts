import type { Facts } from '../facts.ts'
import { all, type Family, known } from '../recognisers/recogniser.ts'

const platformOf = ({ text }: Facts): string =>
  /\berrSec|OSStatus|-25\d{3}\b|-34018|SecItem|SecKeychain|\bNSOS|macOS|Keychain Error/i.test(text)
    ? 'darwin'
    : /WinError|Credential Manager|CredWrite|CredRead|wincred|win32cred|Windows/i.test(text)
      ? 'win32'
      : 'linux'
const problemOf = (
  facts: Facts,
  [words]: RegExpExecArray,
): { readonly problem: string; readonly platform: string } => ({
  problem: words.slice(0, 100),
  platform: platformOf(facts),
})

/**
 * The keychain, in the words of Secret Service, macOS, Windows, and of the libraries of Python, Rust, Go, Node and
 * Electron. Other programs use keychains, too, so these words are never certain.
 */
export const keychainPhrases: Family = {
  words:
    /key ?ring|key ?chain|interaction|transport|codesign|secret|d-?bus|\bbus\b|wallet|cred|stub|passphrase|gpg|pinentry|entitlement|storage|errSec|OSStatus|SecItem|-34018|-25\d{3}|Win(?:dows|32|Error)|1312|1783|1816|ioctl|unlock|locked|\.service files|Encryption is not|KeyUnwrap|TooLong|logon session|StartService|prompt|batch mode|platform limit|keytar|SS API|passphrase you entered|-128\b/i,
  recognisers: [
    known(
      'ios_keychain_entitlement',
      'likely',
      /-34018|errSecMissingEntitlement|required entitlement|(?:GIDSignIn|sign_in_failed).{0,80}keychain error|keychain error.{0,80}GIDSignIn|(?:log|sign)[ -]?in.{0,30}keychain error|ERROR_KEYCHAIN_ERROR|error occurred when accessing the keychain|keychain-access-groups|reading or writing to the application keychain|"keychain error"/i,
      {},
    ),
    known(
      'keychain_value_too_long',
      'likely',
      /\bWinError 1783\b|The stub received bad data|longer than (?:the )?platform limit|(?:password|credential|secret|value|blob|data).{0,60}(?:too (?:long|large|big)|exceeds? .{0,40}(?:limit|maximum|\d+ (?:bytes|chars))).{0,200}(?:keyring|keychain|cred)|(?:keyring|keychain|credential (?:manager|store)|wincred).{0,200}(?:too (?:long|large|big)|exceeds?\b|maximum (?:length|size))|CRED_MAX_CREDENTIAL_BLOB_SIZE|data passed to Set was too big|\bTooLong\(/i,
      {},
    ),
    known(
      'keychain_full',
      'likely',
      all(
        /not enough (?:memory|storage|quota)|insufficient (?:memory|quota)|(?:disk )?quota exceeded|\bEDQUOT\b|Win(?:dows )?(?:32)?(?: ?Error)?(?: code)? ?(?:8|1816)\b|item to store\. \[0x8\]|no (?:more )?(?:room|space)|too many (?:items|credentials|keys)|内存资源不足|存储空间不足|内存资源/i,
        /keyring|keychain|keyctl|credential (?:manager|store|vault|locker)|wincred|CredWrite|CredentialManager|keytar|secure storage|item to store/i,
      ),
      {},
    ),
    known(
      'keyring_passphrase_needed',
      'likely',
      /Enter passphrase (?:to unlock|for)|passphrase.{0,40}(?:unlock|decrypt).{0,60}(?:keyring|keystore|store)|Inappropriate ioctl for device|gpg: .{0,60}(?:pinentry|no (?:tty|pinentry))|No pinentry|Please enter password for encrypted keyring|EncryptedKeyring|aes\.KeyUnwrap|can't query passphrase|gpg.{0,120}(?:batch mode|No secret key|decryption failed)|password store is (?:empty|not initialized|locked)|pass not initialized|(?:no TTY available|cannot prompt|not a terminal|non-interactive).{0,80}(?:keyring|passphrase)|(?:keyring|KEYRING)\w{0,20}.{0,80}(?:no TTY|passw(?:or)?d.{0,20}(?:required|not set|needed)|PASSWORD (?:to|is|env))/i,
      {},
    ),
    known(
      'keychain_locked',
      'likely',
      /failed to unlock (?:correct )?(?:collection|keyring|keychain)|Failed to unlock the (?:collection|item|keyring)|KeyringLocked|collection\/\w{1,40}['"]? (?:is )?locked|(?:collection|keyring|keychain|item|secret(?: service)?|login keychain)\b.{0,20} (?:is|was|are) locked|Object does not exist at path \S{0,60}collection\/\w+|User interaction is not allowed|-25308\b|errSecInteractionNotAllowed|-25293\b|errSecAuthFailed|locked collection|IsLocked\b|Prompt (?:was )?dismissed|dismissed prompt|result not returned from SS API|user name or passphrase you entered is not correct/i,
      problemOf,
    ),
    known(
      'keychain_silent',
      'likely',
      /StartServiceByName for org\.freedesktop\.secrets: Timeout|(?:org\.freedesktop\.DBus\.Error\.NoReply|Did not receive a reply|Timeout was reached|Method call timed out).{0,200}(?:secret|keyring)|(?:secret|keyring).{0,200}(?:DBus\.Error\.NoReply|Did not receive a reply|Timeout was reached|call timed out)/i,
      {},
    ),
    known(
      'keychain_denied',
      'likely',
      /\berrSecUserCanceled\b|(?:keychain|OSStatus|SecKeychain).{0,60}-128\b|-25244\b|errSecInvalidOwnerEdit|keychain.{0,60}(?:access (?:was )?denied|denied access)/i,
      (_, [words]) => ({ problem: words.slice(0, 100) }),
    ),
    known(
      'keychain_missing',
      'likely',
      /Cannot autolaunch D-Bus|was not provided by any \.service files|[Ff]ailed to execute child process .?dbus-launch|org\.freedesktop\.secrets(?: was not provided by any \.service files)?|No recommended backend was available|NoKeyringError|fail\.Keyring|backends[./]fail\b|No such interface.{0,40}org\.freedesktop\.Secret|\bSecret ?Service(?:NotAvailable\w{0,12}| is not available|.{0,40}(?:not (?:available|running|found|installed)|unavailable))|libsecret-1\.so\.0|DBUS_SESSION_BUS_ADDRESS.{0,40}(?:unset|not set|missing)|dbus-launch['"]?:? .{0,20}(?:not found|executable)|zbus error|No such secret collection|error\.serviceunknown|name is not activatable|(?:open|access|find|reach)\w{0,3} (?:the )?k?wallet|k?wallet.{0,40}(?:not (?:available|running|found|open)|unavailable)|unsupported transport ['"]?\w{1,20}['"]? for address|(?:connect|open)\w{0,4} (?:to )?(?:the )?(?:session |d-?bus )?(?:message )?bus\b.{0,60}(?:fail|refused|no such|unable)|(?:fail|unable|could not|cannot)\w{0,4} (?:to )?connect to (?:the )?(?:session |message |system )*(?:d-?)?bus\b|(?:error code|Win32|HRESULT)\D{0,12}1312\b|0x80070520|ERROR_NO_SUCH_LOGON_SESSION|(?:platform )?secure storage (?:failure|is not available|unavailable)|No ?Storage ?Access|NoBackendFound|(?:no|missing|unsupported) (?:keyring|keychain|secret service|credential store)\b|(?:keyring|keychain|credential store)s? (?:is |are |was )?(?:not (?:available|supported|found|installed)|unavailable)|default keychain could not be found|-25307\b|errSecNoDefaultKeychain|specified logon session does not exist|WinError 1312|safeStorage.{0,120}not available|Encryption is not available|No keyring (?:backend|found)|secret service.{0,60}(?:ServiceUnknown|no such file)|keyring backend.{0,40}not/i,
      problemOf,
    ),
    known(
      'helper_missing',
      'likely',
      /docker-credential-[\w-]{1,40}["']?:? .{0,20}(?:not installed|not available|not found|executable file not found|no such file)/i,
      ({ text }) => ({ helper: /docker-credential-([\w-]{1,40})/.exec(text)?.[1] ?? 'NAME' }),
    ),
    known(
      'helper_failed',
      'likely',
      /error (?:storing|getting|saving|erasing) credentials.{0,40}(?:err|exit status|out)/i,
      ({ text }) => ({
        helper: /docker-credential-([\w-]{1,40})/.exec(text)?.[1] ?? 'NAME',
        problem: 'see its own output',
      }),
    ),
    known(
      'credential_lost',
      'possible',
      /secret not found in keyring|could not be found in the keychain|-25300\b|errSecItemNotFound|(?:could not|cannot|unable to) find .{0,30}in (?:the )?(?:keychain|keyring)|(?:keychain|keyring).{0,60}(?:password|item|entry|secret|credential)s? not found|No matching entry found in secure storage|\bElement not found\b.{0,40}(?:cred|1168)/i,
      { account: 'The account', store: 'keychain' },
    ),
    known(
      'keychain_unsupported',
      'possible',
      /Failed to load keytar|Cannot find module ['"]?(?:@napi-rs\/keyring|keytar|.{0,60}keytar\.node)/i,
      { platform: 'this platform' },
    ),
    known(
      'keychain_failed',
      'possible',
      /Keychain Error\.? \(-?\d+\)|credential (?:service|manager|store|vault).{0,40}(?:could not|failed|error|unable)|keyring\.errors\.\w{4,40}|\bkeyring(?:_core)?::\w{4,20}|secret service session|No such secret item|org\.freedesktop\.Secret\.\w{3,20}|OSStatus error -25\d{3}|SecItem\w{3,20}.{0,20}-\d{4,5}|secure_?storage.{0,60}(?:fail|error)|PasswordSetError|(?:write|read|save|stor|access)\w{0,5} .{0,40}keychain.{0,20}failed|keytar.{0,60}(?:fail|error)/i,
      (_, [words]) => ({ problem: words.slice(0, 100) }),
    ),
  ],
}
