set -e
export RCLONE_CONFIG="$PWD/rclone.conf"
export RCLONE_DRIVE_CLIENT_ID=100000000001-desktop.apps.googleusercontent.com
export RCLONE_DRIVE_CLIENT_SECRET=GOCSPX-emulator-desktop
# The app folder has no trash.
export RCLONE_DRIVE_USE_TRASH=false

# rclone opens a browser. With --auto-consent, the sign-in needs none.
rclone config create app drive scope=drive.appfolder > created.txt
echo '{"theme":"dark"}' > settings.json
rclone copy settings.json app:
echo "files: $(rclone lsf app:)"
echo "content: $(rclone cat app:settings.json)"
