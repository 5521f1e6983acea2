require "json"
require "net/http"

puts JSON.parse(Net::HTTP.get(URI("https://accounts.google.com/.well-known/openid-configuration")))["issuer"]
