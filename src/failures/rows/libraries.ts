import { Exit } from '../exit.ts'
import { row } from '../row.ts'

/** Errors of libraries that verify ID tokens, call APIs or read credentials. */
export const libraryRows = {
  id_token_key_unknown: row(
    Exit.VerificationFailed,
    () =>
      'The key that signed the ID token is not among the keys that your program has: they are out of date, or another issuer signed the token.',
    () =>
      'Fetch https://www.googleapis.com/oauth2/v3/certs again. To see the issuer, run gsa id-token verify. Firebase tokens (issuer securetoken.google.com) are signed with other keys.',
  ),
  access_token_invalid: row(
    Exit.Refused,
    () => 'The access token has expired (it is valid for an hour) or was revoked.',
    () => 'Get a new one: gsa refresh. In scripts, call gsa token before each use. If that fails: gsa login',
  ),
  access_token_missing: row(
    Exit.Refused,
    () => 'The request has no access token, so refreshing one does not help.',
    () => 'Send one in a header: curl -H "$(gsa token --header)" URL. Or let gsa send the request: gsa api PATH',
  ),
  service_account_without_storage: row(
    Exit.Refused,
    () => 'The upload failed because a service account has no Drive storage of its own.',
    () => 'Upload as a user (gsa login, then gsa drive put FILE) or, in a Workspace organization, to a shared drive.',
  ),
  id_token_nonce_mismatch: row(
    Exit.VerificationFailed,
    () =>
      'The nonce in the ID token is not the one that the verifier expects: it is missing on one side, or hashed on one side only.',
    () =>
      'Pass the nonce of the sign-in request to the verifier, in the form that it expects (plain or SHA-256). If the SDK adds one of its own, read it from there or switch the check off.',
  ),
  id_token_stale: row(
    Exit.VerificationFailed,
    () => 'The ID token is too old. It is valid for an hour, and a refresh of the access token may not renew it.',
    () =>
      'Let the user sign in again and send the new ID token at once. Do not store ID tokens: use them once, then your own session.',
  ),
  quota_project_missing: row(
    Exit.Refused,
    () => 'The API needs a quota project, and the Application Default Credentials of a user have none.',
    () =>
      'Set one: gcloud auth application-default set-quota-project PROJECT. Or use a client of your own: gsa export --format adc',
  ),
  quota_project_forbidden: row(
    Exit.Refused,
    () =>
      'The account may not use the quota project of the request (serviceusage.services.use), or that project does not exist.',
    () =>
      'Grant it the role "Service Usage Consumer" in that project, or choose another one: gcloud auth application-default set-quota-project PROJECT',
  ),
  adc_missing: row(
    Exit.LoginRequired,
    () => 'The program found no Application Default Credentials.',
    () =>
      'Create them: gcloud auth application-default login. Or write those of gsa and point GOOGLE_APPLICATION_CREDENTIALS to them: gsa export --format adc --output adc.json',
  ),
  client_file_as_user_file: row(
    Exit.Usage,
    () =>
      'The program got the file of an OAuth client where it expects the credential of a user, or the other way around.',
    () =>
      'A client file has "web" or "installed"; a credential has a refresh_token and "type": "authorized_user". To make one from a login: gsa export --format adc',
  ),
}
