import requests
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from google_auth_oauthlib.flow import Flow
from googleapiclient.discovery import build
from googleapiclient.http import MediaInMemoryUpload

scopes = ["openid", "https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/drive.appdata"]
flow = Flow.from_client_secrets_file("client_secret.json", scopes)
flow.redirect_uri = flow.client_config["redirect_uris"][0]
url, _ = flow.authorization_url(access_type="offline")
answer = requests.get(url, allow_redirects=False)
# Nothing listens at the redirect URI, which oauthlib expects to be https.
flow.fetch_token(authorization_response=answer.headers["location"].replace("http:", "https:", 1))
claims = id_token.verify_oauth2_token(flow.credentials.id_token, Request(), flow.client_config["client_id"])
print("signed in:", claims["email"])
drive = build("drive", "v3", credentials=flow.credentials, cache_discovery=False)
media = MediaInMemoryUpload(b"hello", mimetype="text/plain", resumable=True)
created = drive.files().create(body={"name": "hello.txt", "parents": ["appDataFolder"]}, media_body=media).execute()
print("content:", drive.files().get_media(fileId=created["id"]).execute().decode())
