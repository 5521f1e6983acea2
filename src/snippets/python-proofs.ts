/** The part of the Python backend that makes DPoP proofs and refreshes with them. */
export const pythonProofs = String.raw`# The latest nonce from Google for each grant type: one from an exchange does not work for a refresh.
nonces = {}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def proof_for(grant, key):
    """Returns a DPoP proof (RFC 9449 section 4.2) for one token request."""
    point = key.public_key().public_numbers()
    x, y = (base64url(number.to_bytes(32, "big")) for number in (point.x, point.y))
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}}
    # The proof for a code is bound to it; any other jti is used once.
    jti = base64url(hashlib.sha256(grant["code"].encode()).digest()) if "code" in grant else str(uuid.uuid4())
    claims = {"jti": jti, "htm": "POST", "htu": web["token_uri"], "iat": int(time.time())}
    if grant["grant_type"] in nonces:
        claims["nonce"] = nonces[grant["grant_type"]]
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    numbers = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return signed + "." + base64url(b"".join(number.to_bytes(32, "big") for number in numbers))


def access_token_of(sub):
    """Returns a new access token of a user. It works for an hour, so cache it."""
    user = users[sub]
    return request_tokens({"grant_type": "refresh_token", "refresh_token": user["refresh_token"]}, user["key"])["access_token"]`
