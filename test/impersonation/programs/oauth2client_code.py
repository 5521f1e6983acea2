# The calls of Google's guide for backends in Python, with the libraries that it uses.
import sys

import httplib2
from googleapiclient import discovery
from oauth2client import client

scopes = ["https://www.googleapis.com/auth/drive.appdata", "profile", "email"]
credentials = client.credentials_from_clientsecrets_and_code("client_secret.json", scopes, sys.argv[1])
drive = discovery.build("drive", "v3", http=credentials.authorize(httplib2.Http()))
print("signed in:", credentials.id_token["email"])
print("name:", drive.files().get(fileId="appfolder").execute()["name"])
