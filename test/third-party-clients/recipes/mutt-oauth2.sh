set -e
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
host="${GSA_EMULATOR_HOST:-127.0.0.1:9077}"

# The setting: the addresses in the script, which you edit anyway for your client and your key.
# This copy does not encrypt its tokens.
sed -e "s|https://accounts.google.com/|http://$host/|" \
  -e "0,/'client_id': ''/s//'client_id': '100000000001-desktop.apps.googleusercontent.com'/" \
  -e "0,/'client_secret': ''/s//'client_secret': 'GOCSPX-emulator-desktop'/" \
  -e "s/^\(..CRYPTION_PIPE\) = .*/\1 = ['cat']/" \
  /usr/share/doc/mutt/examples/mutt_oauth2.py > mutt_oauth2.py

# Open the address that the script prints, as you would in a browser.
printf '%s\n' google localhostauthcode ada@example.com | python3 mutt_oauth2.py token --authorize > signed-in.txt &
until grep -q 'Waiting' signed-in.txt; do sleep 0.1; done
curl -sL "$(grep -o 'http[^ ]*' signed-in.txt)" > page.html
wait $!
echo "signed in: $(tail -1 signed-in.txt | cut -c 1-5)"

# The script refreshes what has expired, for example each time that mutt connects.
sed 's/"access_token_expiration": "....-/"access_token_expiration": "2020-/' token > expired
cat expired > token
[ "$(python3 mutt_oauth2.py token)" != "$(tail -1 signed-in.txt)" ] && echo 'refreshed: true'
curl -s -o page.html -d "token=$(grep -o '1//0[^"]*' token)" "http://$host/revoke"
cat expired > token
echo "revoked: $(python3 mutt_oauth2.py token | sed -n 2p)"
