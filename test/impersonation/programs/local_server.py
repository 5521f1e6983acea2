from google_auth_oauthlib.flow import InstalledAppFlow

# It opens the browser with Python's webbrowser, and responds at its redirect URI only after that has returned.
client = {
    "client_id": "100000000001-desktop.apps.googleusercontent.com",
    "client_secret": "GOCSPX-emulator-desktop",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": "https://oauth2.googleapis.com/token",
}
scopes = ["openid", "https://www.googleapis.com/auth/userinfo.email"]
flow = InstalledAppFlow.from_client_config({"installed": client}, scopes)
credentials = flow.run_local_server(port=0, authorization_prompt_message="opening a browser")
print("signed in:", flow.authorized_session().get("https://openidconnect.googleapis.com/v1/userinfo").json()["email"])
print("refresh token:", credentials.refresh_token.startswith("1//"))
