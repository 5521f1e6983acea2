"""google-auth and google-auth-oauthlib, unmodified: one operation, JSON on standard input, JSON on standard output."""

import json
import os
import sys

import google.auth.exceptions
import requests
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow

issuer = f"http://{os.environ['GSA_EMULATOR_HOST']}"
with open("client_secret.json") as file:
    client = json.load(file)["web"]


def flow_for(given):
    flow = Flow.from_client_secrets_file("client_secret.json", scopes=given["scopes"])
    flow.redirect_uri = given["redirectUri"]
    return flow


def authorize(given):
    flow = Flow.from_client_secrets_file(
        "client_secret.json",
        scopes=given["scopes"],
        redirect_uri=given["redirectUri"],
        autogenerate_code_verifier=True,
    )
    url, state = flow.authorization_url(access_type="offline", prompt="consent")
    return {"url": url, "state": state, "codeVerifier": flow.code_verifier}


def answer(given):
    flow = flow_for(given)
    flow.code_verifier = given["codeVerifier"]
    flow.fetch_token(authorization_response=given["url"])
    return tokens(flow)


def exchange(given):
    flow = flow_for(given)
    flow.fetch_token(code=given["code"])
    return tokens(flow)


def exchange_mobile(given):
    # An empty redirect_uri of the flow is left out of the request; as a body to start from it is sent.
    flow = flow_for({**given, "redirectUri": None})
    flow.fetch_token(code=given["code"], body="redirect_uri=")
    return tokens(flow)


def tokens(flow):
    # The credentials object does not keep the ID token in this release; the session does.
    token = flow.oauth2session.token
    return {
        "accessToken": flow.credentials.token,
        "refreshToken": flow.credentials.refresh_token,
        "idToken": token.get("id_token"),
        "scopes": token["scope"],
    }


def refresh(given):
    credentials = Credentials(
        None,
        refresh_token=given["refreshToken"],
        token_uri=client["token_uri"],
        client_id=client["client_id"],
        client_secret=client["client_secret"],
    )
    credentials.refresh(Request())
    return {"accessToken": credentials.token, "valid": credentials.valid, "refreshToken": credentials.refresh_token}


def verify(given):
    return id_token.verify_token(
        given["idToken"], Request(), audience=given["audience"], certs_url=f"{issuer}/oauth2/v1/certs"
    )


def revoke(given):
    answer = requests.post(f"{issuer}/revoke", params={"token": given["token"]})
    return {"status": answer.status_code}


operations = {
    "authorize": authorize,
    "answer": answer,
    "exchange": exchange,
    "exchange-mobile": exchange_mobile,
    "refresh": refresh,
    "verify": verify,
    "revoke": revoke,
}
try:
    print(json.dumps(operations[sys.argv[1]](json.load(sys.stdin))))
except google.auth.exceptions.RefreshError as error:
    print(json.dumps({"error": "RefreshError", "arguments": error.args}))
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
