package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

func main() {
	answer, err := http.Get("https://accounts.google.com/.well-known/openid-configuration")
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	var discovery struct{ Issuer string }
	if err := json.NewDecoder(answer.Body).Decode(&discovery); err != nil {
		panic(err)
	}
	fmt.Println(discovery.Issuer)
}
