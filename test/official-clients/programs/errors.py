"""Ends with the error of Google's Python libraries that the first argument names. The folder is the second one."""

import json
import os
import sys

import google.auth
import google.oauth2.credentials
from google.auth.transport.requests import Request
from google_auth_oauthlib.flow import Flow

case, folder = sys.argv[1:3]
client = {
    "client_id": "100000000001-web.apps.googleusercontent.com",
    "client_secret": "GOCSPX-emulator-web",
    "auth_uri": "http://127.0.0.1:9/auth",
    "token_uri": "http://127.0.0.1:9/token",
    "redirect_uris": ["http://127.0.0.1:9/callback"],
}


def file_with(document):
    path = os.path.join(folder, "file.json")
    with open(path, "w") as file:
        json.dump(document, file)
    return path


def flow(document):
    return Flow.from_client_secrets_file(file_with(document), scopes=["openid"], redirect_uri=client["redirect_uris"][0])


if case == "adc_missing":
    google.auth.default()
elif case == "client_file_as_user_file":
    google.oauth2.credentials.Credentials.from_authorized_user_file(file_with({"web": client}))
elif case == "client_secrets_wrong_kind":
    flow({"type": "service_account"})
elif case == "insecure_transport":
    flow({"web": client}).fetch_token(code="4/0AX")
elif case == "no_refresh_token":
    google.oauth2.credentials.Credentials("ya29.x").refresh(Request())
elif case == "session_state_lost":
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    started = flow({"web": client})
    started.authorization_url()
    started.fetch_token(authorization_response="https://127.0.0.1/callback?code=4/0AX&state=another")
elif case == "unreachable":
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    flow({"web": client}).fetch_token(code="4/0AX")
else:
    sys.exit("no such case")
