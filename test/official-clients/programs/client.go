// golang.org/x/oauth2, unmodified: one operation, JSON on standard input, JSON on standard output.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

type input struct {
	Code         string   `json:"code"`
	CodeVerifier string   `json:"codeVerifier"`
	RedirectURI  string   `json:"redirectUri"`
	RefreshToken string   `json:"refreshToken"`
	Challenge    string   `json:"challenge"`
	State        string   `json:"state"`
	Scopes       []string `json:"scopes"`
}

var emulator = "http://" + os.Getenv("GSA_EMULATOR_HOST")

func main() {
	var given input
	check(json.NewDecoder(os.Stdin).Decode(&given))
	secrets, err := os.ReadFile("client_secret.json")
	check(err)
	config, err := google.ConfigFromJSON(secrets, given.Scopes...)
	check(err)
	config.RedirectURL = given.RedirectURI
	// As in google.Endpoint. Without it the library tries another style first, and sends a refused code a second time.
	config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	said, err := run(os.Args[1], config, given)
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) {
		said = map[string]any{"error": "RetrieveError", "message": err.Error(), "status": refusal.Response.StatusCode}
	} else {
		check(err)
	}
	check(json.NewEncoder(os.Stdout).Encode(said))
}

func run(operation string, config *oauth2.Config, given input) (map[string]any, error) {
	ctx := context.Background()
	switch operation {
	case "authorize":
		return map[string]any{"url": config.AuthCodeURL(given.State, oauth2.AccessTypeOffline,
			oauth2.SetAuthURLParam("code_challenge", given.Challenge),
			oauth2.SetAuthURLParam("code_challenge_method", "S256"))}, nil
	case "exchange":
		options := []oauth2.AuthCodeOption{}
		if given.RedirectURI == "" {
			// An empty RedirectURL is left out of the request; as a parameter it is sent.
			options = append(options, oauth2.SetAuthURLParam("redirect_uri", ""))
		}
		if given.CodeVerifier != "" {
			options = append(options, oauth2.SetAuthURLParam("code_verifier", given.CodeVerifier))
		}
		token, err := config.Exchange(ctx, given.Code, options...)
		return describe(token), err
	case "refresh":
		token, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: given.RefreshToken}).Token()
		return describe(token), err
	case "drive":
		return list(ctx, config, given, "?spaces=appDataFolder&fields=files(name)")
	case "refused":
		// All of Drive, which drive.appdata does not allow.
		return list(ctx, config, given, "")
	case "revoke":
		answer, err := http.PostForm(emulator+"/revoke", url.Values{"token": {given.RefreshToken}})
		return map[string]any{"status": answer.StatusCode}, err
	}
	return nil, errors.New(operation)
}

func list(ctx context.Context, config *oauth2.Config, given input, query string) (map[string]any, error) {
	expired := &oauth2.Token{AccessToken: "expired", RefreshToken: given.RefreshToken, Expiry: time.Now().Add(-time.Hour)}
	answer, err := config.Client(ctx, expired).Get(emulator + "/drive/v3/files" + query)
	return body(answer), err
}

func describe(token *oauth2.Token) map[string]any {
	if token == nil {
		return nil
	}
	return map[string]any{
		"accessToken": token.AccessToken, "refreshToken": token.RefreshToken, "tokenType": token.TokenType,
		"idToken": token.Extra("id_token"), "scope": token.Extra("scope"), "valid": token.Valid(),
	}
}

func body(answer *http.Response) map[string]any {
	if answer == nil {
		return nil
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return map[string]any{"status": answer.StatusCode, "body": string(text)}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
