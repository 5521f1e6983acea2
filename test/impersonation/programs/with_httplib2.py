import json

import httplib2

print(json.loads(httplib2.Http().request("https://accounts.google.com/.well-known/openid-configuration")[1])["issuer"])
