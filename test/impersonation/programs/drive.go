package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
)

func main() {
	secrets, err := os.ReadFile("client_secret.json")
	check(err)
	config, err := google.ConfigFromJSON(secrets, drive.DriveAppdataScope)
	check(err)
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := browser.Get(config.AuthCodeURL("state", oauth2.AccessTypeOffline))
	check(err)
	location, err := page.Location()
	check(err)
	ctx := context.Background()
	token, err := config.Exchange(ctx, location.Query().Get("code"))
	check(err)
	service, err := drive.NewService(ctx, option.WithTokenSource(config.TokenSource(ctx, token)))
	check(err)
	metadata := &drive.File{Name: "hello.txt", Parents: []string{"appDataFolder"}}
	created, err := service.Files.Create(metadata).Media(strings.NewReader("hello")).Do()
	check(err)
	content, err := service.Files.Get(created.Id).Download()
	check(err)
	defer content.Body.Close()
	text, err := io.ReadAll(content.Body)
	check(err)
	fmt.Println("content:", string(text))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
