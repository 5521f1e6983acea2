import { answeredScope } from '../oauth/scopes.ts'
import { goString } from './literals.ts'
import { filled, type SnippetFile, type SnippetValues } from './snippet-file.ts'

/** A backend for Go. */
export function go({ clientId, scopes }: SnippetValues): readonly SnippetFile[] {
  const content = filled(template, {
    clientId: goString(clientId),
    tick: '`',
    scopes: scopes.map((scope) => goString(answeredScope(scope))).join(',\n\t'),
  })
  return [{ name: 'main.go', language: 'go', content }]
}

const template = String.raw`// POST /authcode: exchanges the one-time code of an app for tokens, once, and keeps the refresh token.
// go mod init example.com/server && go get github.com/coreos/go-oidc/v3/oidc && go run .
// The client secret is in client_secret_web.json, or in the file that GOOGLE_CLIENT_SECRETS names. Keep it out of git.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const clientID = «clientId»

// As Google's answers name them: email and profile come back as userinfo.email and userinfo.profile.
var scopes = []string{
	«scopes»,
}

var (
	clientSecret string
	keys         = oidc.NewRemoteKeySet(context.Background(), "https://www.googleapis.com/oauth2/v3/certs")
	verifier     = oidc.NewVerifier("https://accounts.google.com", keys, &oidc.Config{ClientID: clientID})
	client       = &http.Client{
		Timeout: 15 * time.Second,
		// A code works once: no redirects, and net/http repeats no POST.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
)

// YOUR STORAGE GOES HERE: one row per user, keyed by sub (an e-mail address can change hands), the refresh token encrypted.
// This is also the place to tie the Google account to the session of whoever sent the request.
var (
	mutex         sync.Mutex
	refreshTokens = map[string]string{}
)

func saveUser(sub, refreshToken string) (worksOffline bool) {
	mutex.Lock()
	defer mutex.Unlock()
	// Only the first consent brings a refresh token. A later code brings none, and must not wipe out the one you have.
	if refreshToken != "" {
		refreshTokens[sub] = refreshToken
	}
	return refreshTokens[sub] != ""
}

type tokenResponse struct {
	AccessToken  string «tick»json:"access_token"«tick»
	RefreshToken string «tick»json:"refresh_token"«tick»
	IDToken      string «tick»json:"id_token"«tick»
	Scope        string «tick»json:"scope"«tick»
	Error        string «tick»json:"error"«tick»
	Description  string «tick»json:"error_description"«tick»
}

func exchange(code, redirectURI string) (tokens tokenResponse, err error) {
	response, err := client.PostForm("https://oauth2.googleapis.com/token", url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {redirectURI},
		"client_id":     {clientID},
		"client_secret": {clientSecret},
	})
	if err != nil {
		return tokens, err
	}
	defer response.Body.Close()
	if err = json.NewDecoder(response.Body).Decode(&tokens); err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", response.Status, tokens.Error, tokens.Description)
	}
	return tokens, err
}

// listAppFolder is what it was all for. While the user is away, get an access token with the refresh token first
// (grant_type=refresh_token).
func listAppFolder(accessToken string) ([]json.RawMessage, error) {
	const address = "https://www.googleapis.com/drive/v3/files?spaces=appDataFolder&fields=files(id,name)"
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
	// Before the body is read. A page of another origin cannot send this header unless you let it; empty counts as missing.
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
	// An app's code has no redirect URI: the parameter is sent, and is empty. That of the web pop-up has the word postmessage.
	// (The Python sample of Google's guides sends postmessage for both, and an app's code then gets redirect_uri_mismatch.)
	redirectURI := ""
	if r.PostForm.Has("code") {
		redirectURI = "postmessage"
	}
	tokens, err := exchange(codes[0], redirectURI)
	if err != nil {
		log.Print("no tokens: ", err)
		if tokens.Error == "" { // the network, not the code; but a code that was sent must be taken for used
			refuse(http.StatusBadGateway, "google_unreachable")
			return
		}
		refuse(http.StatusBadRequest, "code_refused")
		return
	}

	var claims struct{ Sub, Email string }
	idToken, err := verifier.Verify(r.Context(), tokens.IDToken)
	if err != nil || idToken.Claims(&claims) != nil {
		// Not logged: the message can hold claims of the token.
		refuse(http.StatusBadGateway, "id_token_invalid")
		return
	}
	worksOffline := saveUser(claims.Sub, tokens.RefreshToken)
	missing := []string{}
	for _, scope := range scopes {
		if !strings.Contains(" "+tokens.Scope+" ", " "+scope+" ") {
			missing = append(missing, scope)
		}
	}
	files, err := listAppFolder(tokens.AccessToken)
	if err != nil {
		log.Print("no list: ", err)
	}
	answer(http.StatusOK, map[string]any{
		"email":         claims.Email,
		"worksOffline":  worksOffline, // false: you have no refresh token, so the app must ask for consent again
		"missingScopes": missing,      // boxes that the user did not tick
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

	http.HandleFunc("/authcode", authCode)
	// Apps speak HTTPS: put the proxy that ends TLS in front. The Android emulator reaches this as http://10.0.2.2:8080/authcode.
	server := &http.Server{Addr: "127.0.0.1:8080", ReadTimeout: 15 * time.Second, WriteTimeout: 60 * time.Second}
	log.Fatal(server.ListenAndServe())
}
`
