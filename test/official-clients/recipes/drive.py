import io
import os

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.http import MediaIoBaseUpload

emulator = "http://" + os.environ.get("GSA_EMULATOR_HOST", "127.0.0.1:9077")

# The setting: `discoveryServiceUrl`. Its document has all other addresses.
drive = build(
    "drive",
    "v3",
    credentials=Credentials(os.environ["ACCESS_TOKEN"]),
    discoveryServiceUrl=emulator + "/discovery/v1/apis/{api}/{apiVersion}/rest",
    cache_discovery=False,
)
metadata = {"name": "settings.json", "parents": ["appDataFolder"]}
media = MediaIoBaseUpload(io.BytesIO(b'{"theme":"dark"}'), mimetype="application/json", resumable=True)
created = drive.files().create(body=metadata, media_body=media).execute()
listed = drive.files().list(spaces="appDataFolder").execute()
print("files:", ",".join(file["name"] for file in listed["files"]))
print("content:", drive.files().get_media(fileId=created["id"]).execute().decode())
