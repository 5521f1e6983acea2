/** The part of the Go backend that makes DPoP proofs and refreshes with them. */
export const goProofs = String.raw`// nonces has the latest nonce from Google for each grant type: one from an exchange does not work for a refresh.
var nonces sync.Map

var base64url = base64.RawURLEncoding.EncodeToString

// fixed returns a number as 32 bytes, also if the first ones are zero.
func fixed(number *big.Int) []byte { return number.FillBytes(make([]byte, 32)) }

// proofFor returns a DPoP proof (RFC 9449 section 4.2) for one token request.
func proofFor(grant url.Values, key *ecdsa.PrivateKey) (string, error) {
	jti := make([]byte, 16)
	if grant.Has("code") { // The proof for a code is bound to it; any other jti is used once.
		hash := sha256.Sum256([]byte(grant.Get("code")))
		jti = hash[:]
	} else if _, err := rand.Read(jti); err != nil {
		return "", err
	}
	jwk := map[string]string{"kty": "EC", "crv": "P-256", "x": base64url(fixed(key.X)), "y": base64url(fixed(key.Y))}
	header, _ := json.Marshal(map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk})
	claims := map[string]any{"jti": base64url(jti), "htm": "POST", "htu": tokenURI, "iat": time.Now().Unix()}
	if nonce, known := nonces.Load(grant.Get("grant_type")); known {
		claims["nonce"] = nonce
	}
	payload, _ := json.Marshal(claims)
	signed := base64url(header) + "." + base64url(payload)
	hash := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key, hash[:])
	if err != nil {
		return "", err
	}
	return signed + "." + base64url(append(fixed(r), fixed(s)...)), nil
}

// accessTokenOf returns a new access token of a user. It works for an hour, so cache it.
func accessTokenOf(sub string) (string, error) {
	mutex.Lock()
	known := users[sub]
	mutex.Unlock()
	grant := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {known.refreshToken}}
	tokens, err := requestTokens(grant, known.key, false)
	return tokens.AccessToken, err
}`
