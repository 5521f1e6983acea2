# google-api-client for Ruby, unmodified: stores a file in the app folder, reads it and stores it again.
require "google/apis/drive_v3"

source, target = ARGV
drive = Google::Apis::DriveV3::DriveService.new
drive.root_url = "http://#{ENV.fetch("GSA_EMULATOR_HOST")}/"
drive.authorization = ENV.fetch("ACCESS_TOKEN")

metadata = { name: "large.bin", parents: ["appDataFolder"] }
created = drive.create_file(metadata, upload_source: source, content_type: "application/octet-stream")
drive.get_file(created.id, download_dest: target)
drive.update_file(created.id, upload_source: source, content_type: "application/octet-stream")
drive.get_file(created.id, download_dest: "#{target}.again")
drive.delete_file(created.id)
