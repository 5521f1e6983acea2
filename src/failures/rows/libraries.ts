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
      'The nonce in the ID token differs from the expected one: it is missing on one side, or hashed on one side only.',
    () =>
      'Pass the nonce of the sign-in request to the verifier, in the form that it expects (plain or SHA-256). If the SDK generates its own nonce, pass that one.',
  ),
  id_token_stale: row(
    Exit.VerificationFailed,
    () => 'The ID token is too old. It is valid for an hour, and refreshing the access token may not renew it.',
    () =>
      'Let the user sign in again and send the new ID token immediately. Verify each ID token once, then use your own session. If the token is new, check the clock.',
  ),
  quota_project_missing: row(
    Exit.Refused,
    () => 'The API needs a quota project, and the Application Default Credentials of a user have none.',
    () =>
      'Set one: gcloud auth application-default set-quota-project PROJECT. Or log in with your own client (gsa login --client-secrets FILE), then: gsa export --format adc --output adc.json',
  ),
  quota_project_forbidden: row(
    Exit.Refused,
    () =>
      'The account may not use the quota project of the request (serviceusage.services.use), or that project does not exist.',
    () =>
      'Grant the account the role "Service Usage Consumer" in that project, or choose another one: gcloud auth application-default set-quota-project PROJECT',
  ),
  adc_missing: row(
    Exit.LoginRequired,
    () => 'The program found no Application Default Credentials.',
    () =>
      'Create them: gcloud auth application-default login. Or export them from gsa: gsa export --format adc --output adc.json, then export GOOGLE_APPLICATION_CREDENTIALS=adc.json',
  ),
  client_file_as_user_file: row(
    Exit.Usage,
    () =>
      'The program was given an OAuth client file but expects credentials of a user or a service account, or vice versa.',
    () =>
      'If it wants a refresh_token ("authorized_user"): gsa login, then gsa export --format adc --output adc.json. If it wants client_email, pass the key file of a service account.',
  ),
}
