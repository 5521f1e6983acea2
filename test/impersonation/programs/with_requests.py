import requests

print(requests.get("https://accounts.google.com/.well-known/openid-configuration").json()["issuer"])
