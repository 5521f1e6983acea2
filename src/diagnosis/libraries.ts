/** A library, SDK or program whose output people paste. */
export interface Library {
  readonly name: string
  /** The programming language of its users; undefined for programs and for SDKs of several languages. */
  readonly language: string | undefined
  /**
   * The grant that it uses, if it uses only one: `code` for libraries that sign users in, `refresh` for programs that
   * run unattended, `assertion` for those with service accounts only.
   */
  readonly grant: 'code' | 'refresh' | 'assertion' | undefined
}

type Row = readonly [name: string, language: Library['language'], grant: Library['grant'], sign: RegExp]

// To add a library, add a row: a word that only its output, its stack traces or its file names contain.
const rows: readonly Row[] = [
  ['gtoken', 'JavaScript', 'assertion', /\bgtoken\b/],
  ['goth (Elixir)', 'Elixir', 'assertion', /\bGoth\.|\bgoth\b.{0,40}\.ex\b/],
  ['Auth.js', 'JavaScript', 'code', /next-auth|\[auth\]\[(?:error|cause)\]|@auth\/core|authjs\.dev/i],
  ['passport', 'JavaScript', 'code', /\bpassport-|\bOAuth2Strategy\b|InternalOAuthError|\bTokenError: /],
  ['openid-client', 'JavaScript', 'code', /openid-client|\b[OR]PError\b/],
  ['better-auth', 'JavaScript', 'code', /better-?auth|\[Better Auth\]/i],
  ['nodemailer', 'JavaScript', 'refresh', /nodemailer|\bXOAuth2\./],
  ['google-auth-library', 'JavaScript', undefined, /google-auth-library|Gaxios|\boauth2client\.js\b/],
  [
    'React Native Google Sign-In',
    'JavaScript',
    'code',
    /RNGoogle[Ss]ign[Ii]n|react-native-google-signin|@react-native-google/,
  ],
  ['Expo AuthSession', 'JavaScript', 'code', /expo-auth-session|AuthSession\b/],
  ['Google Identity Services', 'JavaScript', 'code', /GSI_LOGGER|accounts\.google\.com\/gsi|gsi\/client/],
  ['MCP SDK', 'JavaScript', 'code', /modelcontextprotocol|mcp-remote|\bMCP (?:client|server)/i],
  ['django-allauth', 'Python', 'code', /allauth/],
  ['python-social-auth', 'Python', 'code', /social_(?:core|django)|social-auth|social\.exceptions/],
  ['Authlib', 'Python', 'code', /\bauthlib\b/i],
  ['google-auth-oauthlib', 'Python', 'code', /google_auth_oauthlib|InstalledAppFlow/],
  ['oauthlib', 'Python', undefined, /oauthlib/],
  ['google-auth', 'Python', undefined, /google[./]auth\b|google[./]oauth2\b|RefreshError/],
  ['oauth2client', 'Python', undefined, /oauth2client\b/],
  ['Home Assistant', 'Python', 'refresh', /homeassistant|\bhassio\b|config_entry_oauth2_flow/],
  ['omniauth', 'Ruby', 'code', /omniauth/i],
  ['Google Auth for Ruby', 'Ruby', undefined, /Signet::|googleauth|Google::Auth/],
  ['Laravel Socialite', 'PHP', 'code', /Socialite/],
  ['league/oauth2-client', 'PHP', 'code', /League\\OAuth2|IdentityProviderException/],
  [
    'Google API client for PHP',
    'PHP',
    undefined,
    /Google[_\\](?:Client|Service|Auth|Exception)|google-api-php-client|google\/apiclient/,
  ],
  ['ueberauth', 'Elixir', 'code', /ueberauth/i],
  ['rclone', undefined, 'refresh', /\brclone\b/],
  ['gcsfuse', undefined, 'refresh', /\bgcsfuse\b/],
  ['oauth2-proxy', 'Go', 'code', /oauthproxy\.go|oauth2[-_]proxy/],
  [
    'golang.org/x/oauth2',
    'Go',
    undefined,
    /golang\.org\/x\/oauth2|oauth2: (?:cannot fetch|token expired|")|googleapi: /,
  ],
  [
    'oauth2-rs',
    'Rust',
    undefined,
    /ServerResponse\(|StandardErrorResponse|oauth2::|yup[-_]oauth2|AuthError\(AuthError/,
  ],
  ['Spring Security', 'Java', 'code', /springframework\.security|OAuth2AuthenticationException/],
  ['Keycloak', 'Java', 'code', /org\.keycloak|IDENTITY_PROVIDER_/],
  [
    'Google API client for Java',
    'Java',
    undefined,
    /com\.google\.(?:api\.client|auth\.oauth2)|TokenResponseException: 4/,
  ],
  ['Google APIs for .NET', 'C#', undefined, /Google\.Apis\./],
  [
    'ASP.NET Core',
    'C#',
    'code',
    /AspNetCore\.(?:Authentication|Correlation)|RemoteAuthentication|AuthenticationFailureException/,
  ],
  ['AppAuth', undefined, 'code', /AppAuth|appauth/],
  ['google_sign_in (Flutter)', 'Dart', 'code', /google_sign_in|GoogleSignInException/],
  ['GoogleSignIn for iOS', 'Swift', 'code', /GIDSignIn/],
  ['Android Credential Manager', 'Kotlin', 'code', /androidx\.credentials|GetCredential\w*Exception/],
  ['Google Play services', 'Kotlin', 'code', /com\.google\.android\.gms|\bApiException: \d/],
  ['Unity', 'C#', 'code', /UnityEngine|\bUnity\s{0,4}[:(]|GamesServerAuthCode/],
  ['Supabase Auth', undefined, 'code', /supabase|gotrue/i],
  ['Firebase', undefined, 'code', /firebase|\bauth\/[a-z]+(?:-[a-z]+){1,6}\b/i],
]

/** Returns the first library of the table whose words are in the text. */
export function libraryIn(text: string): Library | undefined {
  const found = rows.find(([, , , sign]) => sign.test(text))
  return found === undefined ? undefined : { name: found[0], language: found[1], grant: found[2] }
}
