import { answeredScope } from '../oauth/scopes.ts'
import { pythonString } from './literals.ts'
import { pythonProofs } from './python-proofs.ts'
import { filled, type SnippetFile, type SnippetValues, variantOf } from './snippet-file.ts'

/** Returns a backend for Python, as a WSGI application. */
export function python({ clientId, scopes, dpop = false }: SnippetValues): readonly SnippetFile[] {
  const content = filled(variantOf(template, dpop), {
    proofs: pythonProofs,
    clientId: pythonString(clientId),
    scopes: scopes.map((scope) => pythonString(answeredScope(scope))).join(',\n    '),
  })
  return [{ name: 'server.py', language: 'python', content }]
}

const template = String.raw`"""POST /authcode: exchanges an app's one-time code for tokens, once, and stores the refresh token.

«-»Python 3.9 or newer: pip install google-auth requests gunicorn && gunicorn --bind 127.0.0.1:8080 server:app
«+»Python 3.9 or newer: pip install cryptography google-auth requests gunicorn && gunicorn --bind 127.0.0.1:8080 server:app
The client secret is in client_secret_web.json, or in the file named by GOOGLE_CLIENT_SECRETS. Keep it out of git.
"""

«+»import base64
«+»import hashlib
import json
import os
import sys
«+»import time
«+»import uuid
from urllib.parse import parse_qs
from wsgiref.simple_server import make_server

import requests
«+»from cryptography.hazmat.primitives.asymmetric import ec
«+»from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
«+»from cryptography.hazmat.primitives.hashes import SHA256
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import id_token

CLIENT_ID = «clientId»
# As Google names them in responses: email and profile come back as userinfo.email and userinfo.profile.
SCOPES = [
    «scopes»,
]

secrets_file = os.environ.get("GOOGLE_CLIENT_SECRETS", "client_secret_web.json")
with open(secrets_file, encoding="utf-8") as file:
    web = json.load(file).get("web", {})
if web.get("client_id") != CLIENT_ID:
    sys.exit(f"{secrets_file} is not the file of the web client {CLIENT_ID}")

# For tests with gsa emulator: GSA_EMULATOR_HOST is its HOST:PORT. Without it, keys and files come from Google.
emulator = os.environ.get("GSA_EMULATOR_HOST", "")
if emulator and "://" not in emulator:
    emulator = "http://" + emulator
issuer = (emulator and os.environ.get("GSA_EMULATOR_ISSUER")) or emulator
ISSUERS = [issuer] if issuer else ["https://accounts.google.com", "accounts.google.com"]
APIS = emulator or "https://www.googleapis.com"

# YOUR STORAGE GOES HERE: one row per user, keyed by sub (email addresses can change owners), with the refresh token encrypted.
«+»# Encrypt the key (its private_bytes) in the same row, too: a refresh token works only with the key of its exchange.
# Also link the Google account to the session of the user who sent the request here.
users = {}


«-»def save_user(sub, email, refresh_token):
«+»def save_user(sub, email, refresh_token, key):
    # Google returns a refresh token only at the first consent. A later code returns none: do not overwrite the stored one.
«-»    kept = refresh_token or users.get(sub, {}).get("refresh_token")
«-»    users[sub] = {"email": email, "refresh_token": kept}
«-»    return kept is not None
«+»    kept = {"refresh_token": refresh_token, "key": key} if refresh_token else users.get(sub, {})
«+»    users[sub] = {**kept, "email": email}
«+»    return "refresh_token" in kept


class Refusal(Exception):
    """What the app is told: a status and one word."""

    def __init__(self, status, word):
        super().__init__(word)
        self.status = status


«-»def exchange(code, redirect_uri):
«-»    # A code works only once: no retries, no redirects.
«-»    form = {
«-»        "grant_type": "authorization_code",
«-»        "code": code,
«-»        "redirect_uri": redirect_uri,
«-»        "client_id": CLIENT_ID,
«-»        "client_secret": web["client_secret"],
«-»    }
«-»    answer = requests.post(web["token_uri"], data=form, timeout=15, allow_redirects=False)
«+»«proofs»
«+»
«+»
«+»def request_tokens(grant, key, is_retry=False):
«+»    # A code works only once: no other retries, no redirects.
«+»    form = {**grant, "client_id": CLIENT_ID, "client_secret": web["client_secret"]}
«+»    headers = {"DPoP": proof_for(grant, key)}
«+»    answer = requests.post(web["token_uri"], data=form, headers=headers, timeout=15, allow_redirects=False)
«+»    nonce = answer.headers.get("DPoP-Nonce")
«+»    if nonce:
«+»        nonces[grant["grant_type"]] = nonce
    if answer.status_code == 200:
        return answer.json()
«+»    # The code or token was not used yet (RFC 9449 section 8): send the same request once more, never twice.
«+»    if answer.status_code == 400 and nonce and not is_retry and answer.json().get("error") == "use_dpop_nonce":
«+»        return request_tokens(grant, key, is_retry=True)
    # The error response gives the reason, and contains no secret.
    print("The token endpoint refused:", answer.status_code, answer.text[:300], file=sys.stderr)
«-»    raise Refusal("400 Bad Request" if answer.status_code < 500 else "502 Bad Gateway", "code_refused")
«+»    word = "code_refused" if "code" in grant else "refresh_refused"
«+»    raise Refusal("400 Bad Request" if answer.status_code < 500 else "502 Bad Gateway", word)


def connect(environ):
    if environ["REQUEST_METHOD"] != "POST" or environ.get("PATH_INFO") != "/authcode":
        raise Refusal("404 Not Found", "not_found")
    # Checked before reading the body. Pages of other origins cannot send this header unless you allow it. Empty counts as missing.
    if not environ.get("HTTP_X_REQUESTED_WITH"):
        raise Refusal("403 Forbidden", "x_requested_with_missing")
    length = environ.get("CONTENT_LENGTH") or "missing"
    if not length.isdecimal() or int(length) > 16 * 1024:
        raise Refusal("413 Content Too Large", "body_too_large")
    form = parse_qs(environ["wsgi.input"].read(int(length)).decode("ascii", "replace"), keep_blank_values=True)
    codes = form.get("authCode", []) + form.get("code", [])
    if len(codes) != 1 or not codes[0]:
        raise Refusal("400 Bad Request", "one_code_needed")
    # For an app's code, send an empty redirect_uri. For a code from the web pop-up, send the word postmessage.
    # (The Python sample in Google's guides sends postmessage for both; an app's code then fails with redirect_uri_mismatch.)
«-»    tokens = exchange(codes[0], "postmessage" if "code" in form else "")
«+»    redirect_uri = "postmessage" if "code" in form else ""
«+»    key = ec.generate_private_key(ec.SECP256R1())
«+»    tokens = request_tokens({"grant_type": "authorization_code", "code": codes[0], "redirect_uri": redirect_uri}, key)

    try:
        keys = APIS + "/oauth2/v1/certs"
        claims = id_token.verify_token(tokens["id_token"], Request(), CLIENT_ID, keys, clock_skew_in_seconds=10)
        if claims["iss"] not in ISSUERS:
            raise ValueError("the ID token has another issuer")
    except (KeyError, ValueError, GoogleAuthError):
        # Not logged: the message can contain the whole token.
        raise Refusal("502 Bad Gateway", "id_token_invalid") from None
«-»    works_offline = save_user(claims["sub"], claims.get("email"), tokens.get("refresh_token"))
«+»    works_offline = save_user(claims["sub"], claims.get("email"), tokens.get("refresh_token"), key)
    granted = tokens["scope"].split()

«-»    # An example API call. While the user is away, first get an access token with the refresh token (grant_type=refresh_token).
«+»    # An example API call with a refreshed access token, as while the user is away. APIs need no proof.
«+»    if works_offline:
«+»        tokens["access_token"] = access_token_of(claims["sub"])
    files = requests.get(
        APIS + "/drive/v3/files?spaces=appDataFolder&fields=files(id,name)",
        headers={"Authorization": "Bearer " + tokens["access_token"]},
        timeout=15,
    )
    return {
        "email": claims.get("email"),
        "worksOffline": works_offline,  # False: there is no refresh token, so the app must ask for consent again
        "missingScopes": [scope for scope in SCOPES if scope not in granted],  # scopes that the user did not allow
        "files": files.json()["files"] if files.ok else None,
    }


def app(environ, start_response):
    try:
        status, answer = "200 OK", connect(environ)
    except Refusal as refusal:
        status, answer = refusal.status, {"error": str(refusal)}
    start_response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
    return [json.dumps(answer).encode()]


if __name__ == "__main__":  # python3 server.py, to run it without gunicorn
    # Apps require HTTPS: put a TLS proxy in front. The Android emulator reaches this server at http://10.0.2.2:8080/authcode.
    make_server("127.0.0.1", 8080, app).serve_forever()
`
