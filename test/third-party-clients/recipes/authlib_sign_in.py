import json
import os
import urllib.request

# Authlib uses http only with this setting.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

emulator = "http://" + os.environ.get("GSA_EMULATOR_HOST", "127.0.0.1:9077")
with open("client_secret.json") as file:
    web = json.load(file)["web"]

# The setting: the discovery document. In a web framework it is `server_metadata_url`.
with urllib.request.urlopen(emulator + "/.well-known/openid-configuration") as answer:
    server = json.load(answer)

client = OAuth2Session(
    web["client_id"],
    web["client_secret"],
    scope="openid email",
    redirect_uri=web["redirect_uris"][0],
    token_endpoint=server["token_endpoint"],
    revocation_endpoint_auth_method="client_secret_post",
    code_challenge_method="S256",
)
nonce, verifier = generate_token(), generate_token(48)
url, state = client.create_authorization_url(
    server["authorization_endpoint"], nonce=nonce, code_verifier=verifier, access_type="offline", prompt="consent"
)
callback = client.get(url, allow_redirects=False, withhold_token=True).headers["location"]
tokens = client.fetch_token(authorization_response=callback, state=state, code_verifier=verifier)

keys = JsonWebKey.import_key_set(client.get(server["jwks_uri"]).json())
options = {"iss": {"value": server["issuer"]}, "aud": {"value": web["client_id"]}, "nonce": {"value": nonce}}
claims = jwt.decode(tokens["id_token"], keys, claims_cls=CodeIDToken, claims_options=options)
claims.validate()
print("signed in:", claims["email"])
before = tokens["access_token"]
print("refreshed:", client.refresh_token(server["token_endpoint"])["access_token"] != before)
client.revoke_token(server["revocation_endpoint"], tokens["refresh_token"])
try:
    client.refresh_token(server["token_endpoint"])
except OAuthError as error:
    print("revoked:", error.error)
