import { all, type Family, known, phrases } from '../recognisers/recogniser.ts'

/** Web pages with Google Identity Services, its predecessors and Firebase. */
export const webPhrases: Family = {
  words:
    /origin|retriev|idpiframe|storagerelay|FedCM|identity|sign-?in|One ?Tap|pop-?up|cookies?\b|browser|navigat|web ?view|user-?agent|gapi|login hint|suppressed|opt_out|unknown_reason|secure|sicher|安全/i,
  recognisers: [
    known(
      'origin_not_registered',
      'certain',
      /given origin is not allowed for the given client ID|Not a valid origin for the client|redirect_uri_mismatch.{0,400}storagerelay:|storagerelay:.{0,400}redirect_uri_mismatch|unregistered_origin|JavaScript origin in the request.{0,200}does not match|Permission denied to generate login hint|no registered origin|invalid_request.{0,40}storagerelay/i,
      ({ text }) => ({
        origin:
          /(?:Not a valid origin for the client:|origin in the request,) (https?:\/\/[\w.:-]{1,100})/i
            .exec(text)?.[1]
            ?.replace(/[.:,]$/, '') ?? null,
      }),
    ),
    ...phrases(
      [
        [
          'Google Identity Services',
          'fedcm_refused',
          'likely',
          /FedCM (?:get\(\) rejects|was disabled|.{0,40}(?:error|fail|reject|abort|disabled|not supported))|Not signed in with the identity provider|IdentityCredentialError|(?:third-?party|federated) sign-?in (?:was|is|has been) (?:disabled|blocked)|identity-credentials-get|Only one navigator\.credentials\.get|Provider's accounts list is empty|Error retrieving a token\.|navigator\.credentials\.get.{0,80}(?:NotAllowedError|NetworkError|AbortError)/i,
        ],
        [
          'Google Identity Services',
          'fedcm_refused',
          'possible',
          /One ?Tap.{0,80}(?:suppressed|skipped|dismissed|not displayed|cool-?down|exponential)|(?:suppressed_by_user|opt_out_or_no_session|unknown_reason|browser_not_supported)\b/i,
        ],
        [
          'gapi',
          'third_party_cookies_blocked',
          'certain',
          /Cookies are not enabled in current environment|idpiframe_initialization_failed.{0,80}[Cc]ookies|third-?party cookies? (?:are |is )?(?:blocked|disabled|not (?:allowed|enabled))/i,
        ],
        [
          'Google Identity Services, Firebase',
          'popup_not_opened',
          'certain',
          /popup_failed_to_open|popup_blocked(?:_by_browser)?\b|Failed to open popup window|auth\/popup-blocked/,
        ],
        [
          'Google Identity Services, Firebase',
          'popup_closed',
          'certain',
          /popup_closed(?:_by_user)?|Popup window closed|auth\/popup-closed-by-user|popup (?:has been |was )?closed by (?:the )?user/i,
        ],
        ['gapi', 'origin_not_registered', 'likely', /idpiframe_initialization_failed(?!.{0,80}[Cc]ookies)/],
      ],
      {
        fedcm_refused: {},
        third_party_cookies_blocked: {},
        popup_not_opened: {},
        popup_closed: {},
        origin_not_registered: { origin: null },
      },
    ),
    known(
      'webview_blocked',
      'likely',
      all(
        /web ?view|in-app browser|embedded (?:browser|user-agent)/i,
        /disallowed|not (?:allowed|supported|secure)|may not be secure|blocked/i,
      ),
      {},
    ),
    known(
      'webview_blocked',
      'certain',
      /This browser or app may not be secure|Browser oder diese App ist unter Umständen nicht sicher|navigateur ou cette application n.{0,20}pas sécuris|navegador o (?:esta )?(?:aplicación|app).{0,20}no sea\w? segur|navegador ou (?:este )?app.{0,20}não ser segur|браузер или приложение.{0,20}небезопас|此浏览器或应用可能不安全|ブラウザまたはアプリは安全でない|disallowed_useragent/i,
      {},
    ),
  ],
}
