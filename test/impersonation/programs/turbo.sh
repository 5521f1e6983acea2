# The remote cache of Turborepo uses reqwest with rustls. Google has no such cache: turbo reports the status and the address.
echo '{ "name": "app", "packageManager": "npm@10.0.0", "scripts": { "build": "true" } }' > package.json
echo '{ "tasks": { "build": {} } }' > turbo.json
TURBO_TELEMETRY_DISABLED=1 "$1" run build --api=https://accounts.google.com --token=token --team=team 2>&1 |
  grep -m1 -o '404 Not Found) for url (https://[^/]*' | sed 's/.*(//'
