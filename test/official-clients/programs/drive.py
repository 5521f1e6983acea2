"""googleapiclient, unmodified: one operation, JSON on standard input, JSON on standard output."""

import io
import json
import os
import sys

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseDownload, MediaIoBaseUpload

given = json.load(sys.stdin)
service = build(
    "drive",
    "v3",
    credentials=Credentials(given["accessToken"]),
    discoveryServiceUrl=f"http://{os.environ['GSA_EMULATOR_HOST']}/discovery/v1/apis/{{api}}/{{apiVersion}}/rest",
    cache_discovery=False,
)
files = service.files()
in_folder = {"parents": ["appDataFolder"]}


def upload(content):
    # Several chunks: the smallest that Google takes is 256 KiB.
    return MediaIoBaseUpload(
        io.BytesIO(content), "application/octet-stream", chunksize=256 * 1024, resumable=given["resumable"]
    )


def names():
    return [file["name"] for file in files.list(spaces="appDataFolder").execute()["files"]]


def use():
    content = os.urandom(given["size"])
    metadata = {"name": "settings.bin", **in_folder}
    created = files.create(body=metadata, media_body=upload(content), fields="id,name,size").execute()
    file_id = created.pop("id")
    listed = names()
    downloaded = io.BytesIO()
    download = MediaIoBaseDownload(downloaded, files.get_media(fileId=file_id), chunksize=300_000)
    done = False
    while not done:
        _, done = download.next_chunk()
    updated = files.update(
        fileId=file_id, body={"name": "renamed.bin"}, media_body=upload(b"abc"), fields="name,size"
    ).execute()
    files.delete(fileId=file_id).execute()
    return {
        "created": created,
        "listed": listed,
        "downloaded": downloaded.getvalue() == content,
        "updated": updated,
        "left": names(),
    }


def pages():
    for number in range(5):
        files.create(body={"name": str(number), **in_folder}).execute()
    sizes = []
    request = files.list(spaces="appDataFolder", pageSize=2)
    while request is not None:
        page = request.execute()
        sizes.append(len(page["files"]))
        request = files.list_next(request, page)
    return {"pages": sizes}


def batch():
    results = []

    def keep(number, answer, error):
        results.append(error.resp.status if error else answer if answer == "" else answer["name"])

    first = service.new_batch_http_request(callback=keep)
    for name in ("a", "b"):
        first.add(files.create(body={"name": name, **in_folder}))
    first.add(files.get(fileId="missing"))
    first.execute()
    file_id = files.list(spaces="appDataFolder", q='name = "a"').execute()["files"][0]["id"]
    second = service.new_batch_http_request(callback=keep)
    second.add(files.update(fileId=file_id, body={"name": "c"}))
    second.add(files.delete(fileId=file_id))
    second.execute()
    return {"results": results, "left": names()}


def long_query():
    files.create(body={"name": "a", **in_folder}).execute()
    query = " or ".join(f"name = 'missing-{number}'" for number in range(200))
    found = files.list(spaces="appDataFolder", q=f"{query} or name = 'a'", fields="files(name)").execute()
    return {"length": len(query), "found": found["files"]}


def missing():
    return files.get(fileId="missing").execute()


def refused():
    return files.list().execute()


operations = {
    "use": use,
    "pages": pages,
    "batch": batch,
    "long": long_query,
    "missing": missing,
    "refused": refused,
}
try:
    print(json.dumps(operations[sys.argv[1]]()))
except HttpError as error:
    print(json.dumps({"status": error.resp.status, "reason": error._get_reason()}))
