import { type Family, phrases } from '../recognisers/recogniser.ts'

const fileName = String.raw`(?:client_secrets?|credentials?|client_id|oauth|token|gcp|google|service[-_]?account|adc)[\w.@-]{0,60}\.(?:json|pickle)`
const noFile = String.raw`(?:no such file|not found|does(?: not|n't) exist|cannot find|could not (?:find|open|read)|unable to (?:read|open|find)|ENOENT|FileNotFound\w{0,12}|Errno 2|Error opening file|cannot open)`

/** Returns the name of the client file in a text, or the name that the console gives it. */
const fileIn = (text: string): string =>
  /[\w.-]{0,60}(?:client_?secrets?|credentials?|client_id)[\w.-]{0,60}\.json/i.exec(text)?.[0] ?? 'client_secret.json'

/** Client files, credential files, Application Default Credentials and quota projects, as libraries miss them. */
export const credentialFilePhrases: Family = {
  words:
    /cred|quota|serviceusage|Invalid JWT|GOOGLE_|client[_ ]|\.json|pickle|PEM\b|private|\bkey\b|service account|authorized|delegat|precondition|USER_PROJECT|use project|metadata|permission|type field|token_uri|top level|no start line|PKCS|ASN\.1|DECODER|installed|oauth2\/google|redirect_uris|client_email/i,
  recognisers: phrases(
    [
      [
        'google-auth, gcloud',
        'quota_project_forbidden',
        'certain',
        /USER_PROJECT_DENIED|serviceusage\.services\.use|Caller does not have required permission to use project/i,
      ],
      [
        'google-auth, gcloud',
        'quota_project_missing',
        'certain',
        /requires a quota project|quota project.{0,40}not set|without a quota project|Cannot (?:find|add)(?: a)? (?:the )?(?:quota )?project.{0,30}(?:to|in) (?:ADC|application default)|end user credentials from (?:the )?Google Cloud SDK|requires? setting (?:the )?GOOGLE_CLOUD_PROJECT/i,
      ],
      [
        'google-auth in all languages',
        'adc_missing',
        'certain',
        /default credentials (?:were|are|was|could) not (?:be )?(?:found|available|loaded)|Could not (?:automatically determine credentials|load the default credentials)|could not find default credentials|Application Default Credentials (?:are|is|were) not (?:available|found|set)|Could not (?:find|locate|load|detect)(?: your)? (?:application )?default credentials|Your default credentials|no (?:valid )?(?:application )?default credentials/i,
      ],
      [
        'google-auth in all languages',
        'adc_missing',
        'likely',
        /DefaultCredentialsError(?!.{0,200}valid type)|metadata\.google\.internal.{0,200}(?:404|fail|not found|unreachable|time)|(?:fail|unable|not found|no such|cannot|does not exist).{0,300}application_default_credentials\.json|application_default_credentials\.json.{0,80}(?:fail|not found|no such|does not exist)|GOOGLE_APPLICATION_CREDENTIALS.{0,80}(?:not (?:set|found|defined)|missing|unset|undefined|does not exist|is empty)/i,
      ],
      [
        'google-auth for Python',
        'client_file_as_user_file',
        'certain',
        /Authorized user info was not in the expected format, missing fields (?=(?:[^.]{0,60}\bclient_id|[^.]{0,60}\bclient_secret))/i,
      ],
      [
        'google-auth for Python',
        'client_secrets_wrong_kind',
        'certain',
        /Client secrets must be for a web or installed app|Service account info was not in the expected format|json key is missing the type field|missing fields? (?:token_uri|client_email)|Unknown file (?:type|format).{0,40}client secret|file .{0,100}does not have a valid type|Type is None, expected one of|(?:top[- ]level )?(?:property|member|key|field) ['"]?(?:installed|web)['"]? or ['"]?(?:web|installed)['"]?|does not look like (?:a )?(?:valid )?(?:client|OAuth|service account)/i,
      ],
      [
        'google-auth-library',
        'client_file_as_user_file',
        'likely',
        /missing ['"]?type['"]? field|['"]type['"] field is|read JWT from JSON credentials|unexpected credentials? (?:type|format)|credentials? (?:file )?(?:has|is of) (?:an? )?(?:unknown|invalid|unsupported|wrong) (?:type|format)|incoming JSON object does not contain a (?:client_email|private_key|refresh_token|client_id|client_secret|type) field|expected one of .{0,40}authorized_user/i,
      ],
      [
        'several',
        'client_secrets_unreadable',
        'likely',
        new RegExp(String.raw`${noFile}.{0,80}${fileName}|${fileName}["']?.{0,40}${noFile}`, 'i'),
      ],
      [
        'oauth2client, google-api-client',
        'client_secrets_invalid',
        'likely',
        /invalid (?:google )?(?:oauth )?client[_ ]?secrets?\b.{0,20}(?:json|file)|Missing property ["']?client_secret|InvalidClientSecrets\w{0,8}|client[_ ]secrets? (?:file )?(?:were |was |is )?(?:invalid|malformed|not valid)|(?:KeyError|Undefined (?:array key|index)|Cannot read propert\w{1,3}|TypeError|undefined).{0,80}['"`](?:client_secret|client_id|installed|web|redirect_uris)['"`]|oauth2\/google: (?:no credentials found|missing redirect URL)|[Uu]nable to parse client secret|Invalid(?: JSON| format).{0,40}client_?secret|client[_-]?secrets?\.json.{0,60}(?:invalid|malformed|parse)/i,
      ],
      [
        'GoogleCredential, PEM',
        'service_account_key_refused',
        'likely',
        /PEM routines|no start line|DECODER routines::unsupported|Invalid (?:private|RSA|PEM) ?key|Could not (?:deserialize|parse|read) (?:key|private key|PEM)|PKCS ?8 .{0,30}(?:invalid|unexpected|error)|secretOrPrivateKey must be|error:0909006C|ASN\.1|invalid_grant.{0,40}Invalid JWT Signature/i,
      ],
      [
        'GData, Admin SDK',
        'service_account_not_delegated',
        'likely',
        /Requested client not authorized|\bfailedPrecondition\b|Precondition check failed|Client is unauthorized to retrieve access tokens|Not Authorized to access this resource\/api|domain-?wide delegation/i,
      ],
    ],
    {
      quota_project_forbidden: {},
      quota_project_missing: {},
      adc_missing: {},
      client_file_as_user_file: {},
      client_secrets_wrong_kind: ({ text }) => ({
        file: '',
        kind: '',
        wanted: /service account|client_email|type field|missing fields? token_uri/i.test(text)
          ? 'service_account'
          : 'client',
      }),
      client_secrets_invalid: ({ text }) => ({ file: fileIn(text), problem: 'a member is missing, or it is not JSON' }),
      client_secrets_unreadable: ({ text }) => ({ file: fileIn(text), problem: 'it does not exist' }),
      service_account_key_refused: {},
      service_account_not_delegated: {},
    },
  ),
}
