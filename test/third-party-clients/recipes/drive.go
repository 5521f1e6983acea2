package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/oauth2"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
)

func main() {
	host := os.Getenv("GSA_EMULATOR_HOST")
	if host == "" {
		host = "127.0.0.1:9077"
	}
	ctx := context.Background()
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: os.Getenv("ACCESS_TOKEN")})

	// The setting: option.WithEndpoint.
	endpoint := option.WithEndpoint("http://" + host + "/drive/v3/")
	service, err := drive.NewService(ctx, option.WithTokenSource(token), endpoint)
	check(err)

	metadata := &drive.File{Name: "settings.json", Parents: []string{"appDataFolder"}}
	created, err := service.Files.Create(metadata).Media(strings.NewReader(`{"theme":"dark"}`)).Do()
	check(err)
	list, err := service.Files.List().Spaces("appDataFolder").Do()
	check(err)
	fmt.Println("files:", list.Files[0].Name)
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
