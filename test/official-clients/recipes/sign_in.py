import json
import os
import urllib.request

# oauthlib uses http only with this setting.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from google.auth.transport.requests import Request
from google.oauth2 import id_token
from google_auth_oauthlib.flow import Flow

emulator = "http://" + os.environ.get("GSA_EMULATOR_HOST", "127.0.0.1:9077")
scopes = [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    "https://www.googleapis.com/auth/drive.appdata",
]

# The setting: `auth_uri` and `token_uri` in the client secrets file.
flow = Flow.from_client_secrets_file("client_secret.json", scopes=scopes)

body = b'{"platform":"android","forceRefreshToken":true}'
with urllib.request.urlopen(emulator + "/emulator/v1/codes", body) as answer:
    code = json.load(answer)["code"]

# Codes from the Android and iOS SDKs need an empty redirect URI; fetch_token omits it unless the body starts with it.
tokens = flow.fetch_token(code=code, body="redirect_uri=")
client_id = flow.client_config["client_id"]
claims = id_token.verify_token(tokens["id_token"], Request(), client_id, certs_url=emulator + "/oauth2/v1/certs")
print("signed in:", claims["email"])
credentials = flow.credentials
credentials.refresh(Request())
print("refreshed:", credentials.token != tokens["access_token"])
