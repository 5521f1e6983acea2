import json
import os
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import requests
from social_core.backends.google import GoogleOAuth2
from social_core.strategy import BaseStrategy

emulator = "http://" + os.environ.get("GSA_EMULATOR_HOST", "127.0.0.1:9077")
with open("client_secret.json") as file:
    web = json.load(file)["web"]


class EmulatorOAuth2(GoogleOAuth2):
    # The setting: the addresses, in a backend of your own. The address of the account is part of a method.
    AUTHORIZATION_URL = emulator + "/o/oauth2/auth"
    ACCESS_TOKEN_URL = emulator + "/o/oauth2/token"
    REVOKE_TOKEN_URL = emulator + "/o/oauth2/revoke"

    def user_data(self, access_token, *args, **kwargs):
        headers = {"Authorization": "Bearer " + access_token}
        return self.get_json(emulator + "/oauth2/v3/userinfo", headers=headers)


class Strategy(BaseStrategy):
    """What your framework provides: settings, a session and requests."""

    settings = {
        "SOCIAL_AUTH_GOOGLE_OAUTH2_KEY": web["client_id"],
        "SOCIAL_AUTH_GOOGLE_OAUTH2_SECRET": web["client_secret"],
        "SOCIAL_AUTH_GOOGLE_OAUTH2_AUTH_EXTRA_ARGUMENTS": {"access_type": "offline", "prompt": "consent"},
    }
    session, data = {}, {}

    def get_setting(self, name):
        return self.settings[name]

    def request_data(self, merge=True):
        return self.data

    def request_host(self):
        return "localhost"

    def build_absolute_uri(self, path=None):
        return path

    def session_get(self, name, default=None):
        return self.session.get(name, default)

    def session_set(self, name, value):
        self.session[name] = value

    def authenticate(self, backend, response, **kwargs):
        return SimpleNamespace(**backend.get_user_details(response), tokens=response)


strategy = Strategy()
url = EmulatorOAuth2(strategy, web["redirect_uris"][0]).auth_url()
callback = requests.get(url, allow_redirects=False).headers["location"]
strategy.data = dict(parse_qsl(urlsplit(callback).query))
backend = EmulatorOAuth2(strategy, web["redirect_uris"][0])
user = backend.complete()
print("signed in:", user.email)

refresh_token = user.tokens["refresh_token"]
refreshed = backend.refresh_token(refresh_token)
print("refreshed:", refreshed["access_token"] != user.tokens["access_token"])
backend.revoke_token(refresh_token, None)
try:
    backend.refresh_token(refresh_token)
except requests.HTTPError as error:
    print("revoked:", error.response.json()["error"])
