#!/usr/bin/env bash
# postgres.sh BIN FOLDER
#
# Runs a PostgreSQL server in FOLDER, which has a postgresql.conf, until standard input ends: also if the process that
# writes to it is killed. Then it stops the server and deletes FOLDER. BIN is the folder of the server's programs.
# Each line of standard input is a command, and is answered by a line: a process id, `stopped`, or `failed`.
#   start       starts the server, and waits until it accepts connections
#   fast        stops the server in an orderly way
#   immediate   stops the server as if it had crashed: it recovers from its log when it starts again
# Debian: apt-get install -y --no-install-recommends postgresql-15
set -euo pipefail

bin=$1
folder=$2

# The server refuses to run as root. Debian's package has created the user postgres.
as=(setpriv)
if [ "$(id -u)" = 0 ]; then as+=(--reuid=postgres --regid=postgres --init-groups); fi

postmaster=
stop() {
  if [ -z "$postmaster" ]; then return; fi
  kill "-$1" "$postmaster" 2>/dev/null || true
  # A server that is being debugged, or whose disk hangs, must not outlive the tests either.
  for _ in $(seq 1500); do if kill -0 "$postmaster" 2>/dev/null; then sleep 0.02; else break; fi; done
  kill -KILL "$postmaster" 2>/dev/null || true
  wait "$postmaster" 2>/dev/null || true
  postmaster=
}
clean_up() {
  stop QUIT
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP
# Nobody may read the answers any more.
trap '' PIPE

answer() { echo "$1" 2>/dev/null || true; }

start() {
  # If this script is killed, the system sends SIGQUIT to the server, which stops immediately.
  "${as[@]}" --pdeathsig=QUIT "$bin/postgres" -D "$folder/data" -c "config_file=$folder/postgresql.conf" \
    </dev/null >>"$folder/log" 2>&1 &
  postmaster=$!
  # It takes tenths of a second; a minute is for very busy machines.
  for _ in $(seq 1200); do
    if "$bin/pg_isready" -q -h "$folder" -p "$(sed -n 's/^port = //p' "$folder/postgresql.conf")"; then return; fi
    if ! kill -0 "$postmaster" 2>/dev/null; then break; fi
    sleep 0.05
  done
  stop QUIT
  return 1
}

# The data is not flushed to the disk: this matters only if the machine fails.
if ! "${as[@]}" "$bin/initdb" -D "$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  --no-sync --no-instructions </dev/null >>"$folder/log" 2>&1; then
  answer failed
  exit 1
fi

while read -r command; do
  case $command in
    start) if start; then answer "$postmaster"; else answer failed; fi ;;
    fast) stop INT && answer stopped ;;
    immediate) stop QUIT && answer stopped ;;
    *) answer failed ;;
  esac
done
