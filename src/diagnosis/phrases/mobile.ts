import { all, type Family, phrases } from '../recognisers/recogniser.ts'

const serverClientId = String.raw`(?:server[ _]?client[ _]?id|web[ _]?client[ _]?id|GIDServerClientID|default_web_client_id|server_client_id)`

/** Android, iOS, Flutter, React Native, Capacitor and Unity: what their SDKs say about the configuration of the app. */
export const mobilePhrases: Family = {
  words:
    /android|gms\b|authenticity|Developer console|Auth(?:Account|Code)Op|server ?auth|ApiException|sign|client[ _]?id|google|cred|app ?check|attest|scheme|CFBundle|REVERSED|recoverable|audience|games|SHA-?1|fingerprint|package name|play|cancell?ed|appauth|NeedPermission|UserRecover|WebAuthentication|SERVICE_|DEVELOPER_?ERROR|project|reauth|ASYNC_OP|no (?:google )?accounts?/i,
  recognisers: phrases(
    [
      ['Android Credential Manager', 'android_account_reauth_failed', 'likely', /Account reauth failed/i],
      [
        'google_sign_in (Flutter)',
        'server_client_id_missing',
        'likely',
        new RegExp(
          String.raw`${serverClientId}["']? ?(?:is|was|must|should|has|needs?|=>|[=:])? ?(?:to )?(?:be )?(?:not )?(?:provided|required|missing|null|undefined|nil|empty|set|specified|mandatory)|(?:no|missing|without(?: a)?|requires?(?: a)?|needs?(?: a)?|provide(?: a)?|specify(?: a)?) (?:valid )?(?:server |web )*${serverClientId}`,
          'i',
        ),
      ],
      [
        'React Native Google Sign-In',
        'server_client_id_missing',
        'likely',
        /offline use requires server web ClientID|offlineAccess.{0,60}webClientId|cannot find (?:symbol|resource).{0,60}default_web_client_id|default_web_client_id.{0,40}(?:populated|missing|not found|unresolved)|Unresolved reference:? default_web_client_id/i,
      ],
      [
        'google_sign_in (Flutter)',
        'server_client_id_missing',
        'possible',
        /GoogleSignInExceptionCode\.clientConfigurationError/,
      ],
      [
        'GoogleSignIn for iOS',
        'ios_client_id_missing',
        'certain',
        /You must specify \|?clientID\|?|No active configuration\. ?Make sure GIDClientID is set|GIDClientID.{0,60}(?:Info\.plist|missing|not set|required)/i,
      ],
      [
        'GoogleSignIn for iOS',
        'ios_client_id_missing',
        'likely',
        /(?:iosClientId|iOS client ?id|CLIENT_ID)\b.{0,60}(?:missing|required|must|not (?:set|found|specified|provided)|null|undefined)|GoogleService-Info\.plist.{0,60}(?:missing|not (?:found|present)|could not)|Could not (?:locate|find).{0,40}GoogleService-Info\.plist/i,
      ],
      ['GoogleSignIn for iOS', 'ios_url_scheme_missing', 'certain', /missing support for the following URL schemes/i],
      [
        'GoogleSignIn for iOS',
        'ios_url_scheme_missing',
        'likely',
        /(?:url scheme|CFBundleURL\w{3,8}|REVERSED_CLIENT_ID).{0,80}(?:missing|not (?:registered|found|configured|declared|added)|add)/i,
      ],
      [
        'GoogleSignIn for iOS',
        'ios_app_check',
        'likely',
        /(?:App ?Check|AppAttest|DeviceCheck).{0,160}(?:GIDSignIn|GoogleSignIn|sign-?in|token|attest|fail|error|invalid|unregistered)|(?:GIDSignIn|GoogleSignIn).{0,160}(?:App ?Check|AppAttest)|cannot verify the authenticity of this app|com\.google\.app_?check|com\.firebase\.appCheck/i,
      ],
      [
        'GoogleSignIn for iOS',
        'client_of_another_project',
        'likely',
        /potentially recoverable error occurr?ed|(?:audience|client|token).{0,40}(?:is )?not for this project|belongs? to (?:a different|another) project|INVALID_AUDIENCE.{0,60}GIDSignIn|same (?:Google )?(?:cloud )?project.{0,60}(?:audience|client)/i,
      ],
      [
        'GoogleSignIn for iOS',
        'android_sign_in_cancelled',
        'likely',
        /com\.google\.GIDSignIn.{0,20}-5\b|user canceled the sign-in flow|kGIDSignInErrorCodeCanceled/i,
      ],
      [
        'Google Play games',
        'android_wrong_server_client',
        'likely',
        all(
          /INVALID_AUDIENCE|Server auth code request .{0,40}failed/,
          /android|Games|AuthAccountOperation|\bgms\b|ServerAuthCode/i,
        ),
      ],
      [
        'Google Play services',
        'android_wrong_server_client',
        'likely',
        /This (?:is an )?android client id|server client ?id.{0,60}(?:invalid|wrong|not (?:a )?(?:valid|web))|(?:invalid|wrong) server[_ ]?client/i,
      ],
      [
        'Google Play services',
        'android_app_not_registered',
        'certain',
        /ERROR_NOT_AUTHORIZED|Developer console is not set up correctly|UNREGISTERED_ON_API_CONSOLE|UnregisteredOnApiConsole|\bDeveloperError\b/,
      ],
      [
        'Google Play services',
        'android_app_not_registered',
        'likely',
        all(/\bDEVELOPER_ERROR\b/, ({ text }) => !/billing|Nearby/i.test(text)),
      ],
      [
        'Google Play services',
        'android_app_not_registered',
        'likely',
        /(?:SHA-?1|fingerprint|package name).{0,80}(?:not registered|mismatch|(?:does|did)(?: not|n't) match|missing|wrong|incorrect|unknown)|app(?:lication)? (?:is )?not (?:registered|authorized) .{0,30}(?:api console|developer console|google)/i,
      ],
      [
        'google_sign_in (Flutter)',
        'android_sign_in_cancelled',
        'likely',
        /GoogleSignInExceptionCode\.canceled|activity is cancell?ed by the user|GetCredentialCancellationException|TYPE_USER_CANCELED|SIGN_IN_CANCELLED|sign_in_cancell?ed|ERROR_ABORTED_BY_USER|user (?:has )?cancell?ed the (?:sign|log)/i,
      ],
      [
        'google_sign_in (Flutter)',
        'android_sign_in_failed',
        'likely',
        /(?<!\w)SIGN_IN_FAILED|sign_in_failed\b(?!.{0,80}(?:: \d{1,5}|keychain))|A non-recoverable sign in failure occurred|GoogleSignInExceptionCode\.(?:unknownError|providerConfigurationError)/,
      ],
      [
        'React Native Google Sign-In',
        'android_sign_in_running',
        'likely',
        /Sign-in in progress|ASYNC_OP_IN_PROGRESS|SIGN_IN_CURRENTLY_IN_PROGRESS|sign-?in.{0,30}already (?:in progress|running|started)/i,
      ],
      [
        'google-api-client for Android',
        'android_sign_in_required',
        'likely',
        /UserRecoverableAuth\w{0,20}|NeedPermission\b|NeedRemoteConsent|(?<!\w)SIGN_IN_REQUIRED(?!\w)|sign_in_required\b/,
      ],
      [
        'Android Credential Manager',
        'android_no_credential',
        'certain',
        /Cannot find a matching credential|NoCredentialException/,
      ],
      [
        'Android Credential Manager',
        'android_no_credential',
        'likely',
        /No credentials available|GoogleSignInExceptionCode\.noCredential|no (?:google )?accounts? (?:found|available|on (?:this|the) device)/i,
      ],
      [
        'Android Credential Manager',
        'android_play_services_unusable',
        'likely',
        /(?<!\w)SERVICE_(?:MISSING|VERSION_UPDATE_REQUIRED|INVALID)(?!\w)|PLAY_SERVICES_NOT_AVAILABLE|Google Play [Ss]ervices.{0,60}(?:missing|not (?:available|installed|supported)|out of date|updat)|GetCredentialProviderConfigurationException|GooglePlayServices\w{0,12}Exception|(?:does(?:n't| not)|not) support credential manager|getCredentialAsync no provider dependencies/i,
      ],
      [
        'AppAuth',
        'consent_denied',
        'likely',
        /appauth\.general\b.{0,24}-?[34]\b|OIDErrorCodeUserCanceled\w{0,24}|User cancell?ed flow|user_?cancell?ed_?(?:flow|authorize)|The operation couldn.t be completed\. \(com\.apple\.AuthenticationServices\.WebAuthenticationSession error 1/i,
      ],
    ],
    {
      android_account_reauth_failed: {},
      server_client_id_missing: {},
      ios_client_id_missing: {},
      ios_url_scheme_missing: {},
      ios_app_check: {},
      client_of_another_project: {},
      android_sign_in_cancelled: {},
      android_wrong_server_client: {},
      android_app_not_registered: {},
      android_sign_in_failed: {},
      android_sign_in_required: {},
      android_sign_in_running: {},
      android_no_credential: {},
      android_play_services_unusable: {},
      consent_denied: {},
    },
  ),
}
