require "googleauth"
require "json"
require "net/http"

emulator = "http://" + ENV.fetch("GSA_EMULATOR_HOST", "127.0.0.1:9077")
web = JSON.parse(File.read("client_secret.json"))["web"]

# The setting: `token_credential_uri`, and the key source and the issuer of the verifier.
client = Signet::OAuth2::Client.new(
  authorization_uri: "https://accounts.google.com/o/oauth2/v2/auth",
  token_credential_uri: web["token_uri"],
  client_id: web["client_id"],
  client_secret: web["client_secret"],
  scope: %w[openid email],
  redirect_uri: web["redirect_uris"].first,
  additional_parameters: { access_type: "offline", prompt: "consent" }
)
keys = Google::Auth::IDTokens::X509CertHttpKeySource.new(emulator + "/oauth2/v1/certs")
issuers = [ENV.fetch("GSA_EMULATOR_ISSUER", emulator)]
verifier = Google::Auth::IDTokens::Verifier.new(key_source: keys, aud: web["client_id"], iss: issuers)

# signet insists on https for this address only.
page = client.authorization_uri.to_s.sub("https://accounts.google.com", emulator)
callback = URI(Net::HTTP.get_response(URI(page))["location"])
client.code = URI.decode_www_form(callback.query).to_h["code"]
client.fetch_access_token!
puts "signed in: #{verifier.verify(client.id_token)["email"]}"

before = client.access_token
client.refresh!
puts "refreshed: #{client.access_token != before}"
Net::HTTP.post_form(URI(emulator + "/revoke"), token: client.refresh_token)
begin
  client.refresh!
rescue Signet::AuthorizationError => error
  puts "revoked: #{JSON.parse(error.response.body)["error"]}"
end
