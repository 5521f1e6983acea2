import json
import urllib.request

with urllib.request.urlopen("https://accounts.google.com/.well-known/openid-configuration") as answer:
    print(json.load(answer)["issuer"])
