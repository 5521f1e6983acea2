import { all, type Family, phrases } from '../recognisers/recogniser.ts'

const missing = String.raw`(?:missing(?: needed| required)*(?: parameter:?)?|not found|not present|not in the session|lost|invalid|incorrect|wrong|expired|mismatch\w{0,3}|(?:does|did|do)(?: not|n't) match|not equal|not saved|cannot be found|could(?: not|n't) be (?:found|parsed|verified|retrieved)|unable to (?:verify|find))`
const stateOf = String.raw`(?:oauth2?|session|saved|stored|auth|authorization|login|request|response|returned|received|value|csrf|relay)?[ _-]?state`

/**
 * The state of a login was lost between the two requests: the word for it differs in each library, but all say that
 * something of the session is missing or differs.
 */
export const sessionPhrases: Family = {
  words:
    /state|csrf|correlation|verifier|session|cookie|InvalidCheck|restart|Cross-Site|authorization_request_not_found|argument is missing|already_?logged/i,
  recognisers: phrases(
    [
      ['Laravel Socialite', 'session_state_lost', 'certain', /Socialite\\\w+\\InvalidStateException/],
      [
        'ASP.NET Core',
        'session_state_lost',
        'likely',
        /\bCorrelation failed\b|\.AspNetCore\.Correlation\.\S{1,80} cookie not found|oauth state was missing or invalid/i,
      ],
      ['Spring Security', 'session_state_lost', 'likely', /authorization_request_not_found/],
      [
        'omniauth, ueberauth, PowAssent',
        'session_state_lost',
        'likely',
        /csrf_(?:detected|attack)|CSRF detected|(?:invalid|missing|bad|wrong|no) CSRF (?:token|cookie|state)|CSRF (?:token|state|verification|check).{0,30}(?:invalid|failed|missing|mismatch)|CallbackCSRFError|Cross-Site Request Forgery attack/i,
      ],
      ['python-social-auth', 'session_state_lost', 'likely', /AuthStateMissing|AuthStateForbidden/],
      ['oauthlib, Authlib, Streamlit', 'session_state_lost', 'likely', /mismatching_?state|CSRF Warning/i],
      [
        'better-auth',
        'session_state_lost',
        'likely',
        /\bstate_(?:security_)?mismatch\b|\bstate_not_found\b|please_restart_the_process/,
      ],
      [
        'Auth.js',
        'session_state_lost',
        'likely',
        /\bInvalidCheck\b|(?:state|pkce(?:CodeVerifier)?|nonce|code_verifier) (?:cookie|value)\b.{0,40}(?:missing|could not be parsed)|checks\.(?:state|code_verifier|nonce) argument is missing|OAuthCallbackError.{0,80}\bstate\b/i,
      ],
      [
        'openid-client, oidc-client-ts',
        'session_state_lost',
        'likely',
        /unexpected ["']?state["']?(?: response)? parameter|response parameter ["']state["'] missing|No matching state found in storage|state mismatch, expected|response cookies? not found/i,
      ],
      [
        'Supabase',
        'session_state_lost',
        'likely',
        /bad_oauth_(?:state|callback)|flow_state_(?:not_found|expired)|(?:invalid|no valid) flow state|OAuth (?:callback|state).{0,40}(?:invalid|missing|expired) ?(?:state|parameter)?/i,
      ],
      ['Firebase', 'session_state_lost', 'likely', /missing[- ]initial[- ]state/i],
      [
        'gothic (Go), Gitea, Grafana',
        'session_state_lost',
        'likely',
        /could not find a matching session|state token mismatch|missing saved state|saved ?state.{0,30}mismatch|queryState=.{0,200}cookieState=|oauth\.state\.\w{3,12}|securecookie: .{1,60}/i,
      ],
      [
        'oauth2-proxy, Vouch',
        'session_state_lost',
        'likely',
        /(?:unable to obtain|missing|no) CSRF cookie|CSRF (?:token|cookie).{0,30}(?:mismatch|missing|invalid|not found|did not match)|Invalid session state/i,
      ],
      [
        'Keycloak',
        'session_state_lost',
        'likely',
        /restart login cookie not found|cookie_not_found|identity_provider_login_failure.{0,60}(?:state|session)|already_?logged_?in.{0,40}expired_code/i,
      ],
      [
        'Supabase, auth helpers',
        'session_state_lost',
        'likely',
        /both auth code and code verifier should be non-empty|code verifier (?:was |is )?(?:not found|missing)(?: in (?:storage|session|cookies?))?/i,
      ],
      [
        'several',
        'session_state_lost',
        'likely',
        new RegExp(
          String.raw`\b${stateOf}\b['"]?(?: (?:parameter|value|token|cookie|key))?['"]?[,:]? (?:is |was |are |were |has been |in session (?:is |was )?)?${missing}`,
          'i',
        ),
      ],
      [
        'several',
        'session_state_lost',
        'likely',
        new RegExp(
          String.raw`\b(?:${missing}|no) (?:the |your |authorization request |a )?(?:custom |temporary )?['"]?${stateOf}\b['"]?(?: (?:parameter|value|token|cookie))?`,
          'i',
        ),
      ],
      [
        'several',
        'session_state_lost',
        'likely',
        all(
          /\bInvalidState(?:Exception|Error)?\b|\bStateMismatch\w{0,10}|(?:cookies?|session).{0,30}(?:not set|blocked|missing|not found|lost)/,
          /oauth|sign_?-?in|login|callback/i,
        ),
      ],
    ],
    { session_state_lost: {} },
  ),
}
