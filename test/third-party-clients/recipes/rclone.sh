set -e
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
host="${GSA_EMULATOR_HOST:-127.0.0.1:9077}"
export RCLONE_CONFIG="$PWD/rclone.conf"
export RCLONE_DRIVE_CLIENT_ID=100000000001-desktop.apps.googleusercontent.com
export RCLONE_DRIVE_CLIENT_SECRET=GOCSPX-emulator-desktop
export RCLONE_DRIVE_SCOPE=drive.appfolder
# The app folder has no trash.
export RCLONE_DRIVE_USE_TRASH=false
# The setting for the sign-in. Drive's host is built in: HTTPS_PROXY has to lead to the emulator.
export RCLONE_DRIVE_AUTH_URL="http://$host/o/oauth2/auth"
export RCLONE_DRIVE_TOKEN_URL="http://$host/token"

# Open the address that rclone prints, as you would in a browser.
rclone authorize drive --auth-no-open-browser > authorized.txt 2> rclone.log &
until grep -q '127.0.0.1:53682/auth' rclone.log; do sleep 0.1; done
curl -sL "$(grep -o 'http://127.0.0.1:53682/auth[^ ]*' rclone.log)" > page.html
wait $!
rclone config create app drive token="$(grep access_token authorized.txt)" config_refresh_token=false > created.txt
echo '{"theme":"dark"}' > settings.json
rclone copy settings.json app:
echo "files: $(rclone lsf app:)"
echo "content: $(rclone cat app:settings.json)"
