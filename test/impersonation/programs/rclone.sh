# Signs in, and copies files into the app folder and back.
set -e
export RCLONE_CONFIG="$PWD/rclone.conf"
rclone config create app drive scope=drive.appfolder client_id=100000000001-desktop.apps.googleusercontent.com \
  client_secret=GOCSPX-emulator-desktop use_trash=false config_is_local=true > created.txt
mkdir files back
head -c 7340032 /dev/urandom > files/small.bin
head -c 20971520 /dev/urandom > files/large.bin
echo hello > files/hello.txt
rclone copy files app:folder
rclone check files app:folder
rclone cat app:folder/hello.txt
rclone copy app:folder back
diff -r files back
rclone deletefile app:folder/small.bin
rclone lsf app:folder
