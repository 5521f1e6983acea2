require "google/apis/drive_v3"
require "stringio"

emulator = "http://" + ENV.fetch("GSA_EMULATOR_HOST", "127.0.0.1:9077")

# The setting: `root_url`.
drive = Google::Apis::DriveV3::DriveService.new
drive.root_url = emulator + "/"
drive.authorization = ENV.fetch("ACCESS_TOKEN")

metadata = { name: "settings.json", parents: ["appDataFolder"] }
content = StringIO.new('{"theme":"dark"}')
created = drive.create_file(metadata, upload_source: content, content_type: "application/json")
puts "files: #{drive.list_files(spaces: "appDataFolder").files.map(&:name).join(",")}"
puts "content: #{drive.get_file(created.id, download_dest: StringIO.new).string}"
