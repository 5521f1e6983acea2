require "google/apis/drive_v3"
require "googleauth"
require "json"
require "net/http"
require "stringio"

web = JSON.parse(File.read("client_secret.json"))["web"]
credentials = Google::Auth::UserRefreshCredentials.new(
  client_id: web["client_id"],
  client_secret: web["client_secret"],
  redirect_uri: web["redirect_uris"][0],
  scope: ["openid", "https://www.googleapis.com/auth/drive.appdata"],
)
page = Net::HTTP.get_response(URI(credentials.authorization_uri(access_type: "offline").to_s))
credentials.code = URI.decode_www_form(URI(page["location"]).query).to_h["code"]
credentials.fetch_access_token!
drive = Google::Apis::DriveV3::DriveService.new
drive.authorization = credentials
metadata = { name: "hello.txt", parents: ["appDataFolder"] }
created = drive.create_file(metadata, upload_source: StringIO.new("hello"), content_type: "text/plain")
puts "content: #{drive.get_file(created.id, download_dest: StringIO.new).string}"
