"""googleapiclient, unmodified: creates three files in one request, then reads one and a missing one."""

import json
import os

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

drive = build(
    "drive",
    "v3",
    credentials=Credentials(os.environ["ACCESS_TOKEN"]),
    discoveryServiceUrl=f"http://{os.environ['GSA_EMULATOR_HOST']}/discovery/v1/apis/{{api}}/{{apiVersion}}/rest",
    cache_discovery=False,
)


def batch(requests):
    received = []

    def receive(request_id, file, error):
        received.append(file or error.resp.status)

    together = drive.new_batch_http_request(callback=receive)
    for request in requests:
        together.add(request)
    together.execute()
    return received


files = drive.files()
created = batch([files.create(body={"name": name, "parents": ["appDataFolder"]}) for name in "abc"])
read = batch([files.get(fileId=created[0]["id"]), files.get(fileId="missing")])
read[0] = read[0]["name"]
print(json.dumps({"created": [file["name"] for file in created], "read": read}))
