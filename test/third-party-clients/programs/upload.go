// google.golang.org/api/drive/v3, unmodified: stores a file in the app folder, reads it and stores it again.
package main

import (
	"context"
	"io"
	"os"

	"golang.org/x/oauth2"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
)

func main() {
	ctx := context.Background()
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: os.Getenv("ACCESS_TOKEN")})
	endpoint := option.WithEndpoint("http://" + os.Getenv("GSA_EMULATOR_HOST") + "/drive/v3/")
	service, err := drive.NewService(ctx, option.WithTokenSource(token), endpoint)
	check(err)
	content, err := os.Open(os.Args[1])
	check(err)
	metadata := &drive.File{Name: "large.bin", Parents: []string{"appDataFolder"}}
	created, err := service.Files.Create(metadata).Media(content).Do()
	check(err)
	download(service, created.Id, os.Args[2])
	again, err := os.Open(os.Args[1])
	check(err)
	_, err = service.Files.Update(created.Id, &drive.File{}).Media(again).Do()
	check(err)
	download(service, created.Id, os.Args[2]+".again")
	check(service.Files.Delete(created.Id).Do())
}

func download(service *drive.Service, id string, path string) {
	answer, err := service.Files.Get(id).Download()
	check(err)
	defer answer.Body.Close()
	file, err := os.Create(path)
	check(err)
	defer file.Close()
	_, err = io.Copy(file, answer.Body)
	check(err)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
