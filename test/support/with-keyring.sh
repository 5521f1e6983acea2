#!/usr/bin/env bash
# with-keyring.sh [--locked | --nodaemon | --nobus | --hanging | --prompting | --keepassxc | --keepassxc-asking | --kwallet] -- COMMAND...
#
# Runs COMMAND in a private, throw-away D-Bus session that has a Secret Service, or lacks one in a particular way:
#   (default)   gnome-keyring with an unlocked "login" keyring
#   --locked    the same, and the keyring stays locked: prompts remain unanswered
#   --nodaemon  a bus without any Secret Service
#   --nobus     no bus
#   --hanging   a Secret Service that accepts requests and never responds
#   --prompting a Secret Service with a locked keyring, whose prompt is answered by the content of $XDG_RUNTIME_DIR/answer
#   --keepassxc KeePassXC with an unlocked database (password: test-only-password) on the X server $(cat $XDG_RUNTIME_DIR/display)
#   --keepassxc-asking  the same, and KeePassXC asks before a program reads an item of another one
#   --kwallet   KWallet with an open wallet (password: test-only-password), on such an X server
# KEYRING_HOME is a folder that stores the keyring between runs; without it, the keyring is deleted when COMMAND exits.
# The user's own session stays untouched, and no process or folder is left behind.
# Debian: apt-get install -y --no-install-recommends dbus gnome-keyring libsecret-tools (--hanging, --prompting: python3-dbus python3-gi;
# --keepassxc, --kwallet: xvfb xdotool and keepassxc, or libkf5wallet-bin and libqca-qt5-2-plugins)
set -euo pipefail

mode=unlocked
while [ $# -gt 0 ]; do
  case $1 in
    --locked | --nodaemon | --nobus | --hanging | --prompting | --keepassxc | --keepassxc-asking | --kwallet) mode=${1#--} ;;
    --) shift; break ;;
    *) echo "with-keyring.sh: what is $1?" >&2; exit 2 ;;
  esac
  shift
done
[ $# -gt 0 ] || { echo 'with-keyring.sh: no command' >&2; exit 2; }

# Not below TMPDIR: a socket's path has at most 108 bytes.
work=$(TMPDIR=/tmp mktemp -d -t keyring.XXXXXX)
children=()
# These do not always end with SIGTERM while they show a dialog.
stubborn=
clean_up() {
  if [ -n "$stubborn" ]; then
    kill "$stubborn" 2>/dev/null || true
    for _ in $(seq 50); do if kill -0 "$stubborn" 2>/dev/null; then sleep 0.02; fi; done
    kill -KILL "$stubborn" 2>/dev/null || true
  fi
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

fail() {
  echo "with-keyring.sh: $1" >&2
  cat "$work"/*.log >&2 2>/dev/null || true
  exit 1
}
# Usually takes milliseconds; ten seconds are for very busy machines.
until_true() {
  local what=$1
  shift
  for _ in $(seq 500); do
    if "$@"; then return; fi
    sleep 0.02
  done
  fail "$what took too long"
}
call() { dbus-send --session --print-reply=literal --dest="$1" "${@:2}" 2>>"$work/calls.log"; }
service=org.freedesktop.secrets
has_service() { [[ $(call org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:$service) == *true* ]]; }
has_keyring() {
  [[ $(call $service /org/freedesktop/secrets org.freedesktop.Secret.Service.ReadAlias string:default) == *login* ]]
}

unset DBUS_SESSION_BUS_ADDRESS GNOME_KEYRING_CONTROL DISPLAY WAYLAND_DISPLAY
# Where clients look for a bus when no address is given: it must not be the user's.
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"

if [ $mode != nobus ]; then
  # Our own configuration, without service folders: no service is activated automatically.
  cat >"$work/session.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=$XDG_RUNTIME_DIR/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
  <limit name="max_connections_per_user">100000</limit>
</busconfig>
CONF
  # Its log is shown only on failure: "Failed to set fd limit" appears on every start in a container, and is harmless.
  dbus-daemon --config-file="$work/session.conf" --nofork --nopidfile >"$work/bus.log" 2>&1 &
  children+=($!)
  until_true 'the start of dbus-daemon' test -S "$XDG_RUNTIME_DIR/bus"
  export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
fi

if [ $mode = unlocked ] || [ $mode = locked ]; then
  mkdir -p "${KEYRING_HOME:-$work}/keyrings"
  # The password is read up to the end of input: a line break would be part of it, and an empty one would create no keyring.
  printf %s 'test-only-password' |
    XDG_DATA_HOME=${KEYRING_HOME:-$work} gnome-keyring-daemon --foreground --unlock --components=secrets \
      >"$work/keyring.log" 2>&1 &
  children+=($!)
  until_true 'the start of gnome-keyring-daemon' has_service
  until_true 'the unlocking of the keyring' has_keyring
fi
if [ $mode = locked ]; then
  call $service /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
    array:objpath:/org/freedesktop/secrets/collection/login >/dev/null || fail 'the keyring could not be locked'
fi
if [ $mode = hanging ] || [ $mode = prompting ]; then
  for python in /usr/bin/python3 python3; do
    if "$python" -c 'import dbus, gi' 2>/dev/null; then break; fi
  done
fi
if [ $mode = prompting ]; then
  "$python" "$(dirname "$0")/prompting-secret-service.py" "$XDG_RUNTIME_DIR/answer" >"$work/prompting.log" 2>&1 &
  children+=($!)
  until_true 'the start of the Secret Service that prompts' has_service
fi
if [ $mode = hanging ]; then
  "$python" - >"$work/hanging.log" 2>&1 <<'PYTHON' &
import dbus, dbus.mainloop.glib, dbus.service
from gi.repository import GLib

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName('org.freedesktop.secrets', bus)

class Service(dbus.service.Object):
    @dbus.service.method('org.freedesktop.Secret.Service', in_signature='sv', out_signature='vo', async_callbacks=('answer', 'fail'))
    def OpenSession(self, algorithm, input, answer, fail):
        pass

service = Service(bus, '/org/freedesktop/secrets')
GLib.MainLoop().run()
PYTHON
  children+=($!)
  until_true 'the start of the Secret Service that hangs' has_service
fi

if [[ $mode == keepassxc* ]] || [ $mode = kwallet ]; then
  home=${KEYRING_HOME:-$work}
  # Without -noreset, the X server would start anew when its first client exits.
  Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp -noreset 3>"$XDG_RUNTIME_DIR/number" >"$work/xvfb.log" 2>&1 &
  children+=($!)
  until_true 'the start of the X server' test -s "$XDG_RUNTIME_DIR/number"
  printf ':%s\n' "$(cat "$XDG_RUNTIME_DIR/number")" >"$XDG_RUNTIME_DIR/display"
fi
if [[ $mode == keepassxc* ]]; then
  if [ ! -e "$home/test.kdbx" ]; then
    # The custom data names the group that KeePassXC serves, here the root.
    cat >"$work/database.xml" <<'XML'
<KeePassFile><Meta><CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{6ba7b810-9dad-11d1-80b4-00c04fd430c8}</Value></Item></CustomData></Meta>
<Root><Group><UUID>a6e4EJ2tEdGAtADAT9QwyA==</UUID><Name>Root</Name></Group></Root></KeePassFile>
XML
    printf '%s\n%s\n' test-only-password test-only-password |
      QT_QPA_PLATFORM=offscreen HOME=$work keepassxc-cli import --set-password --decryption-time 100 \
        "$work/database.xml" "$home/test.kdbx" >"$work/import.log" 2>&1 || fail 'the database could not be made'
  fi
  confirm=$([ $mode = keepassxc ] && echo false || echo true)
  printf '[General]\nConfigVersion=2\n[GUI]\nCheckForUpdates=false\n[FdoSecrets]\nEnabled=true\nConfirmAccessItem=%s\n' "$confirm" \
    >"$work/keepassxc.ini"
  # Its socket is in TMPDIR; a second KeePassXC of this user would only pass on its arguments there.
  printf 'test-only-password\n' |
    TMPDIR=$work HOME=$work DISPLAY=$(cat "$XDG_RUNTIME_DIR/display") keepassxc --config "$work/keepassxc.ini" \
      --localconfig "$work/keepassxc-local.ini" --pw-stdin "$home/test.kdbx" >"$work/keepassxc.log" 2>&1 &
  stubborn=$!
  # Debian's sometimes crashes when it ends; bash would say so.
  disown "$stubborn"
  has_database() {
    [[ $(call $service /org/freedesktop/secrets/aliases/default org.freedesktop.DBus.Properties.Get \
      string:org.freedesktop.Secret.Collection string:Locked) == *false ]]
  }
  until_true 'the unlocking of the database' has_database
fi
if [ $mode = kwallet ]; then
  printf '%s\n' '[Wallet]' 'First Use=false' 'Default Wallet=kdewallet' 'Launch Manager=false' 'Prompt on Open=false' \
    '[org.freedesktop.secrets]' 'apiEnabled=true' >"$work/kwalletrc"
  salt=test-only-salt-of-fifty-six-characters-like-that-of-PAM.
  mkdir -p "$home/kwalletd"
  printf %s "$salt" >"$home/kwalletd/kdewallet.salt"
  # As PAM opens a wallet at login, with a key made from the password. The first time creates it.
  key=$(node -p "[...crypto.pbkdf2Sync('test-only-password', '$salt', 50000, 56, 'sha512')].join()")
  start_wallet() {
    HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$home TMPDIR=$work DISPLAY=$(cat "$XDG_RUNTIME_DIR/display") kwalletd5 >"$work/kwallet.log" 2>&1 &
    stubborn=$!
    disown "$stubborn"
    until_true 'the start of kwalletd5' has_service
    kwallet=org.kde.KWallet
    until_true 'the opening of the wallet' wallet_opens
  }
  wallet_opens() {
    call org.kde.kwalletd5 /modules/kwalletd5 $kwallet.pamOpen string:kdewallet "array:byte:$key" int32:0 >/dev/null &&
      [[ $(call org.kde.kwalletd5 /modules/kwalletd5 $kwallet.isOpen string:kdewallet) == *true* ]]
  }
  has_wallet() {
    [[ $(call $service /org/freedesktop/secrets org.freedesktop.Secret.Service.ReadAlias string:default) == */collection/* ]]
  }
  has_no_service() { ! has_service; }
  is_new=$([ -e "$home/kwalletd/kdewallet.kwl" ] || echo yes)
  start_wallet
  # kwalletd offers a new wallet as the default keyring only after a restart.
  if [ -n "$is_new" ]; then
    until_true 'the creation of the wallet' test -s "$home/kwalletd/kdewallet.kwl"
    kill "$stubborn"
    until_true 'the end of kwalletd5' has_no_service
    start_wallet
  fi
  until_true 'the default keyring of KWallet' has_wallet
fi

# In the background, because bash runs traps only between foreground commands.
"$@" <&0 &
command=$!
children+=("$command")
wait "$command"
