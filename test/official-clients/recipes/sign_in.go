package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

func main() {
	host := os.Getenv("GSA_EMULATOR_HOST")
	if host == "" {
		host = "127.0.0.1:9077"
	}
	emulator := "http://" + host

	// The setting: auth_uri and token_uri in the client secrets file.
	secrets, err := os.ReadFile("client_secret.json")
	check(err)
	config, err := google.ConfigFromJSON(secrets)
	check(err)
	// As in google.Endpoint. Without it the library sends a rejected code twice, and the reason is lost.
	config.Endpoint.AuthStyle = oauth2.AuthStyleInParams

	body := strings.NewReader(`{"platform":"android","forceRefreshToken":true}`)
	answer, err := http.Post(emulator+"/emulator/v1/codes", "application/json", body)
	check(err)
	defer answer.Body.Close()
	var created struct{ Code string }
	check(json.NewDecoder(answer.Body).Decode(&created))

	// Codes from the Android and iOS SDKs need an empty redirect URI, which is only sent as a parameter.
	ctx := context.Background()
	token, err := config.Exchange(ctx, created.Code, oauth2.SetAuthURLParam("redirect_uri", ""))
	check(err)
	fmt.Println("token type:", token.Type())
	refreshed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	check(err)
	fmt.Println("refreshed:", refreshed.AccessToken != token.AccessToken)

	list, err := config.Client(ctx, refreshed).Get(emulator + "/drive/v3/files?spaces=appDataFolder")
	check(err)
	defer list.Body.Close()
	fmt.Println("files:", list.Status)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
