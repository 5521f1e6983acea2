import json
import os

# oauthlib uses http only with this setting.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from oauthlib.oauth2 import OAuth2Error
from requests_oauthlib import OAuth2Session

emulator = "http://" + os.environ.get("GSA_EMULATOR_HOST", "127.0.0.1:9077")
with open("client_secret.json") as file:
    web = json.load(file)["web"]

# The setting: the addresses. These are from the library's own example for Google.
authorization_url = emulator + "/o/oauth2/v2/auth"
token_url = emulator + "/oauth2/v4/token"
userinfo_url = emulator + "/oauth2/v1/userinfo"

scope = ["openid", "https://www.googleapis.com/auth/userinfo.email"]
client = OAuth2Session(web["client_id"], scope=scope, redirect_uri=web["redirect_uris"][0])
url, _ = client.authorization_url(authorization_url, access_type="offline", prompt="consent")
callback = client.get(url, allow_redirects=False, withhold_token=True).headers["location"]
tokens = client.fetch_token(token_url, client_secret=web["client_secret"], authorization_response=callback)
print("signed in:", client.get(userinfo_url).json()["email"])

secrets = {"client_id": web["client_id"], "client_secret": web["client_secret"]}
before = tokens["access_token"]
print("refreshed:", client.refresh_token(token_url, **secrets)["access_token"] != before)
client.post(emulator + "/revoke", data={"token": tokens["refresh_token"]}, withhold_token=True)
try:
    client.refresh_token(token_url, **secrets)
except OAuth2Error as error:
    print("revoked:", error.error)
