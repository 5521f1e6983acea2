import { answeredScope } from '../oauth/scopes.ts'
import { goString } from './literals.ts'
import { goProofs } from './go-proofs.ts'
import { filled, type SnippetFile, type SnippetValues, variantOf } from './snippet-file.ts'

/** Returns a backend for Go. */
export function go({ clientId, scopes, dpop = false }: SnippetValues): readonly SnippetFile[] {
  const content = filled(variantOf(template, dpop), {
    proofs: goProofs,
    clientId: goString(clientId),
    tick: '`',
    scopes: scopes.map((scope) => goString(answeredScope(scope))).join(',\n\t'),
  })
  return [{ name: 'main.go', language: 'go', content }]
}

const template = String.raw`// POST /authcode: exchanges an app's one-time code for tokens, once, and stores the refresh token.
// go mod init example.com/server && go get github.com/coreos/go-oidc/v3/oidc && go run .
// The client secret is in client_secret_web.json, or in the file named by GOOGLE_CLIENT_SECRETS. Keep it out of git.
package main

import (
	"context"
«+»	"crypto/ecdsa"
«+»	"crypto/elliptic"
«+»	"crypto/rand"
«+»	"crypto/sha256"
«+»	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
«+»	"math/big"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const clientID = «clientId»

// As Google names them in responses: email and profile come back as userinfo.email and userinfo.profile.
var scopes = []string{
	«scopes»,
}

var (
	clientSecret, tokenURI string

	keys     = oidc.NewRemoteKeySet(context.Background(), google("https://www.googleapis.com")+"/oauth2/v3/certs")
	verifier = oidc.NewVerifier(issuer(), keys, &oidc.Config{ClientID: clientID})
	client   = &http.Client{
		Timeout: 15 * time.Second,
		// A code works only once: no redirects. net/http does not retry a POST.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
)

// google returns an origin of Google or, for tests, that of gsa emulator: GSA_EMULATOR_HOST is its HOST:PORT.
func google(origin string) string {
	host := os.Getenv("GSA_EMULATOR_HOST")
	if host == "" {
		return origin
	}
	if strings.Contains(host, "://") {
		return host
	}
	return "http://" + host
}

func issuer() string {
	if named := os.Getenv("GSA_EMULATOR_ISSUER"); named != "" && os.Getenv("GSA_EMULATOR_HOST") != "" {
		return named
	}
	return google("https://accounts.google.com")
}

// YOUR STORAGE GOES HERE: one row per user, keyed by sub (email addresses can change owners), with the refresh token encrypted.
«+»// Encrypt the key (x509.MarshalPKCS8PrivateKey) in the same row, too: a refresh token works only with the key of its exchange.
// Also link the Google account to the session of the user who sent the request here.
var (
«-»	mutex         sync.Mutex
«-»	refreshTokens = map[string]string{}
«+»	mutex sync.Mutex
«+»	users = map[string]user{}
)

«+»type user struct {
«+»	refreshToken string
«+»	key          *ecdsa.PrivateKey
«+»}
«+»
«+»func saveUser(sub, refreshToken string, key *ecdsa.PrivateKey) (worksOffline bool) {
«-»func saveUser(sub, refreshToken string) (worksOffline bool) {
	mutex.Lock()
	defer mutex.Unlock()
	// Google returns a refresh token only at the first consent. A later code returns none: do not overwrite the stored one.
	if refreshToken != "" {
«-»		refreshTokens[sub] = refreshToken
«+»		users[sub] = user{refreshToken, key}
	}
«-»	return refreshTokens[sub] != ""
«+»	return users[sub].refreshToken != ""
}

type tokenResponse struct {
	AccessToken  string «tick»json:"access_token"«tick»
	RefreshToken string «tick»json:"refresh_token"«tick»
	IDToken      string «tick»json:"id_token"«tick»
	Scope        string «tick»json:"scope"«tick»
	Error        string «tick»json:"error"«tick»
	Description  string «tick»json:"error_description"«tick»
}

«+»«proofs»
«+»
«+»func requestTokens(grant url.Values, key *ecdsa.PrivateKey, isRetry bool) (tokens tokenResponse, err error) {
«+»	grant.Set("client_id", clientID)
«+»	grant.Set("client_secret", clientSecret)
«+»	proof, err := proofFor(grant, key)
«+»	if err != nil {
«+»		return tokens, err
«+»	}
«+»	request, err := http.NewRequest(http.MethodPost, tokenURI, strings.NewReader(grant.Encode()))
«+»	if err != nil {
«+»		return tokens, err
«+»	}
«+»	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
«+»	request.Header.Set("DPoP", proof)
«+»	response, err := client.Do(request)
«-»func exchange(code, redirectURI string) (tokens tokenResponse, err error) {
«-»	response, err := client.PostForm(tokenURI, url.Values{
«-»		"grant_type":    {"authorization_code"},
«-»		"code":          {code},
«-»		"redirect_uri":  {redirectURI},
«-»		"client_id":     {clientID},
«-»		"client_secret": {clientSecret},
«-»	})
	if err != nil {
		return tokens, err
	}
	defer response.Body.Close()
«+»	nonce := response.Header.Get("DPoP-Nonce")
«+»	if nonce != "" {
«+»		nonces.Store(grant.Get("grant_type"), nonce)
«+»	}
	if err = json.NewDecoder(response.Body).Decode(&tokens); err == nil && response.StatusCode != http.StatusOK {
«+»		// The code or token was not used yet (RFC 9449 section 8): send the same request once more, never twice.
«+»		if tokens.Error == "use_dpop_nonce" && nonce != "" && !isRetry {
«+»			return requestTokens(grant, key, true)
«+»		}
		err = fmt.Errorf("%s: %s: %s", response.Status, tokens.Error, tokens.Description)
	}
	return tokens, err
}

«-»// listAppFolder is an example API call. While the user is away, first get an access token with the refresh token
«-»// (grant_type=refresh_token).
«+»// listAppFolder is an example API call. APIs need no proof.
func listAppFolder(accessToken string) ([]json.RawMessage, error) {
	address := google("https://www.googleapis.com") + "/drive/v3/files?spaces=appDataFolder&fields=files(id,name)"
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+accessToken)
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var list struct{ Files []json.RawMessage }
	err = json.NewDecoder(response.Body).Decode(&list)
	return list.Files, err
}

func authCode(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, value map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(value)
	}
	refuse := func(status int, word string) { answer(status, map[string]any{"error": word}) }

	if r.Method != http.MethodPost {
		refuse(http.StatusMethodNotAllowed, "method_not_allowed")
		return
	}
	// Checked before reading the body. Pages of other origins cannot send this header unless you allow it. Empty counts as missing.
	if r.Header.Get("X-Requested-With") == "" {
		refuse(http.StatusForbidden, "x_requested_with_missing")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if r.ParseForm() != nil {
		refuse(http.StatusRequestEntityTooLarge, "body_unreadable_or_too_large")
		return
	}
	codes := append(r.PostForm["authCode"], r.PostForm["code"]...)
	if len(codes) != 1 || codes[0] == "" {
		refuse(http.StatusBadRequest, "one_code_needed")
		return
	}
	// For an app's code, send an empty redirect_uri. For a code from the web pop-up, send the word postmessage.
	// (The Python sample in Google's guides sends postmessage for both; an app's code then fails with redirect_uri_mismatch.)
	redirectURI := ""
	if r.PostForm.Has("code") {
		redirectURI = "postmessage"
	}
«-»	tokens, err := exchange(codes[0], redirectURI)
«+»	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
«+»	if err != nil {
«+»		refuse(http.StatusInternalServerError, "internal_error")
«+»		return
«+»	}
«+»	grant := url.Values{"grant_type": {"authorization_code"}, "code": codes, "redirect_uri": {redirectURI}}
«+»	tokens, err := requestTokens(grant, key, false)
	if err != nil {
		log.Print("no tokens: ", err)
		if tokens.Error == "" { // a network error, but the code may have been used
			refuse(http.StatusBadGateway, "google_unreachable")
			return
		}
		refuse(http.StatusBadRequest, "code_refused")
		return
	}

	var claims struct{ Sub, Email string }
	idToken, err := verifier.Verify(r.Context(), tokens.IDToken)
	if err != nil || idToken.Claims(&claims) != nil {
		// Not logged: the message can contain claims of the token.
		refuse(http.StatusBadGateway, "id_token_invalid")
		return
	}
«-»	worksOffline := saveUser(claims.Sub, tokens.RefreshToken)
«+»	worksOffline := saveUser(claims.Sub, tokens.RefreshToken, key)
	missing := []string{}
	for _, scope := range scopes {
		if !strings.Contains(" "+tokens.Scope+" ", " "+scope+" ") {
			missing = append(missing, scope)
		}
	}
«+»	if worksOffline { // a refreshed access token, as while the user is away
«+»		if tokens.AccessToken, err = accessTokenOf(claims.Sub); err != nil {
«+»			log.Print("no access token: ", err)
«+»			refuse(http.StatusBadGateway, "refresh_refused")
«+»			return
«+»		}
«+»	}
	files, err := listAppFolder(tokens.AccessToken)
	if err != nil {
		log.Print("no list: ", err)
	}
	answer(http.StatusOK, map[string]any{
		"email":         claims.Email,
		"worksOffline":  worksOffline, // false: there is no refresh token, so the app must ask for consent again
		"missingScopes": missing,      // scopes that the user did not allow
		"files":         files,
	})
}

func main() {
	path := "client_secret_web.json"
	if named := os.Getenv("GOOGLE_CLIENT_SECRETS"); named != "" {
		path = named
	}
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var file struct{ Web map[string]any }
	if json.Unmarshal(text, &file) != nil || file.Web["client_id"] != clientID {
		log.Fatal(path, " is not the file of the web client ", clientID)
	}
	clientSecret, _ = file.Web["client_secret"].(string)
	tokenURI, _ = file.Web["token_uri"].(string)

	http.HandleFunc("/authcode", authCode)
	// Apps require HTTPS: put a TLS proxy in front. The Android emulator reaches this server at http://10.0.2.2:8080/authcode.
	server := &http.Server{Addr: "127.0.0.1:8080", ReadTimeout: 15 * time.Second, WriteTimeout: 60 * time.Second}
	log.Fatal(server.ListenAndServe())
}
`
