import type { Facts } from '../facts.ts'
import { all, known, phrases, type Recogniser, says } from '../recognisers/recogniser.ts'

const errors = ['invalid_grant', 'invalid_client', 'redirect_uri_mismatch', 'unauthorized_client', 'invalid_request']
/** The error of Google says more than the words of a program around it. */
const withoutError = (facts: Facts): boolean => !errors.some((error) => says(error)(facts) !== false)

/** Programs that use Google for something: agents and MCP servers, mail programs, sign-in services, proxies. */
export const programPhrases: readonly Recogniser[] = [
  ...phrases(
    [
      [
        'MCP clients',
        'dynamic_registration_unsupported',
        'likely',
        /dynamic(?:ally)?[ -]?(?:client[ -])?regist(?:ration|er)|client registration (?:failed|is not|not|error)|\bRegistration failed: |registration_endpoint|\bDCR\b.{0,80}(?:fail|not|unsupported)|does not support (?:automatic )?(?:client )?registration|register client.{0,60}(?:404|403|400|fail)/i,
      ],
      [
        'Google',
        'dpop_clock_wrong',
        'certain',
        /DPoP proof[^."{}]{0,60}(?:\biat\b|issued[ -]at|\bclock\b|expired|too old|not (?:active|recent|yet valid)|in the (?:future|past))|invalid_dpop_proof.{0,60}(?:\biat\b|issued[ -]at)|\biat\b[^."{}]{0,60}DPoP proof/i,
      ],
      [
        'Google',
        'dpop_key_differs',
        'certain',
        /DPoP[^.;"{}]{0,40}(?:\bkey\b|binding|thumbprint|\bjkt\b)[^.;"{}]{0,40}(?:mismatch|(?:does|did) ?n[o']t match|differs|verification failed)|Invalid DPoP key binding|jkt verification|bound (?:to|with) (?:the key of )?(?:another|a different) (?:DPoP )?(?:key|proof)|DPoP proof[^.;"{}]{0,40}(?:another|a different|the wrong) key/i,
      ],
      [
        'Google',
        'dpop_proof_missing',
        'certain',
        /DPoP (?:proof|header)(?: JWT)?(?: header)? (?:is |was )?(?:missing|required|absent|not (?:present|provided|sent))|(?:missing|no|without(?: a)?|requires?(?: a)?|must send a) DPoP (?:proof|header)|(?:refresh )?token is (?:sender[- ]constrained|DPoP[- ]bound|bound to a (?:DPoP )?key)/i,
      ],
      [
        'Google',
        'dpop_nonce_wanted',
        'certain',
        /use_dpop_nonce|DPoP[- ]nonce (?:is )?(?:required|missing|wanted)|requires? (?:a )?nonce in (?:the )?DPoP|nonce (?:is )?(?:required|missing) in (?:the )?DPoP/i,
      ],
      [
        'Google',
        'dpop_proof_refused',
        'certain',
        /invalid_dpop_proof|DPoP proof.{0,60}(?:invalid|rejected|malformed)/i,
      ],
      [
        'Gmail',
        'gmail_smtp_refused',
        'certain',
        /Username and Password not accepted.{0,200}gsmtp|support\.google\.com\/mail.{0,200}(?:53[45]|Application-specific)|(?:53[45][- ]5\.7\.\d|Application-specific password required).{0,300}g(?:smtp|mail|oogle)|XOAUTH2 challenge|\b334 .{0,40}(?:failed|code)|Authentication Failed \(code: 334\)|support\.google\.com\/mail\/\?p=BadCredentials|"schemes": ?"Bearer"|Empty username or password|SMTP.{0,80}XOAUTH2.{0,80}(?:fail|reject)/i,
      ],
      [
        'Gmail',
        'gmail_smtp_refused',
        'likely',
        all(
          /53[45][- ]5\.7\.\d|Username and Password not accepted|Application-specific password required|AUTHENTICATIONFAILED|XOAUTH2.{0,80}(?:fail|invalid|error|rejected|denied)|(?:authenticate|auth(?:entication)? error|IMAP|SMTP|login).{0,80}Invalid credentials \(Failure\)|SASL.{0,60}(?:XOAUTH2|OAUTHBEARER).{0,60}(?:fail|error)|AUTH XOAUTH2\b/i,
          withoutError,
        ),
      ],
      [
        'oauthlib',
        'insecure_transport',
        'certain',
        /insecure_transport|OAuth ?2 MUST utilize https|only https connections are permitted|(?:non-?https|insecure|plain(?:text)? http) (?:connection|transport|url|uri|redirect|endpoint)s?.{0,40}(?:not (?:allowed|permitted)|refused|forbidden)|(?:must|only|has to) (?:use|be|begin with|start with) https(?::\/\/)?\b.{0,40}(?:oauth|redirect|endpoint|issuer)|InsecureTransportError/i,
      ],
      ['Google', 'advanced_protection', 'certain', /policy_enforced(?<!admin_policy_enforced)|Advanced Protection/i],
      [
        'Google',
        'app_sign_in_rate_limit',
        'certain',
        /sign-?in rate limit|reached its (?:login|sign-?in|user) (?:count )?limit|Google limits how quickly apps|app has reached its (?:sign-?in|new user) |has exceeded the (?:new )?user (?:cap|limit)|(?:new-?user|user) authorization (?:rate )?(?:limit|quota|cap)|too many (?:new )?users .{0,40}sign/i,
      ],
      [
        'Google',
        'client_deleted_unused',
        'certain',
        /(?:client|project)s?\b.{0,80}(?:unused|inactive|not been used|inactivity).{0,120}delet|delet\w{0,4}.{0,120}(?:unused|inactive|inactivity|not been used).{0,60}(?:OAuth )?client|unused (?:OAuth )?clients?\b|OAuth client.{0,40}(?:will be|was|has been) deleted.{0,120}(?:used|inactiv)/i,
      ],
      [
        'oauth libraries',
        'token_endpoint_wrong',
        'likely',
        /requested URL \S{0,80}(?:token|oauth2?)\S{0,80} was not found|request method \w{3,7} is inappropriate for the URL|(?:token (?:endpoint|request|url|uri)|\/token\b|fetch_token|oauth2\/v4).{0,120}(?:\b404\b|\b405\b|Method Not Allowed|Not Found|<!DOCTYPE|text\/html)|(?:\b404\b|\b405\b|Method Not Allowed).{0,80}(?:\/o\/oauth2|oauth2\.googleapis\.com|\/token\b)|Request method '?\w{3,6}'? (?:is )?not supported.{0,200}token|(?:token|refresh\w{0,4}).{0,60}\/o\/oauth2\/(?:v\d\/)?auth\b(?!\/).{0,200}POST|POST.{0,40}\/o\/oauth2\/(?:v\d\/)?auth\b|OAuthGetRequestToken|Failed to obtain request token/i,
      ],
    ],
    {
      dynamic_registration_unsupported: {},
      dpop_clock_wrong: {},
      dpop_key_differs: {},
      dpop_proof_missing: {},
      dpop_nonce_wanted: {},
      dpop_proof_refused: {},
      gmail_smtp_refused: {},
      insecure_transport: {},
      advanced_protection: {},
      app_sign_in_rate_limit: {},
      client_deleted_unused: {},
      token_endpoint_wrong: {},
    },
  ),
  // passport and others show only the description, which the token endpoint has in common for many errors.
  known(
    'code_refused',
    'likely',
    all(/\bTokenError: (?:Bad Request|invalid_grant)/i, (e) => e.grant !== 'refresh'),
    {
      error: 'invalid_grant',
      description: null,
    },
  ),
  known('client_refused', 'likely', /\bTokenError: Unauthorized\b/, {
    error: 'invalid_client',
    description: null,
    clientId: 'of this request',
  }),
  known(
    'app_sign_in_rate_limit',
    'likely',
    all(
      says('rate_limit_exceeded'),
      ({ isAuthorizationPage, text }) =>
        isAuthorizationPage || /Request details|Fout|Fehler|Error 4\d\d|access_type=/.test(text),
    ),
    {},
  ),
  known(
    'redirect_uri_needed',
    'likely',
    /missing the required redirect URI|redirect_?ur[il] (?:is )?(?:missing|required|must be (?:set|provided|specified)|not (?:set|provided|specified))/i,
    {
      from: 'web',
    },
  ),
  known(
    'scope_missing',
    'likely',
    /(?:empty|missing|no) scopes?\b.{0,80}(?:invalid|not (?:allowed|provided|specified)|required|request|provided)|scopes? (?:is |are )?(?:required|empty|missing|must (?:not )?be)|without (?:any )?scopes\b/i,
    {},
  ),
]
