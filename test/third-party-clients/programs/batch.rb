# google-api-client for Ruby, unmodified: creates three files in one request, then reads one and a missing one.
require "google/apis/drive_v3"
require "json"

drive = Google::Apis::DriveV3::DriveService.new
drive.root_url = "http://#{ENV.fetch("GSA_EMULATOR_HOST")}/"
drive.authorization = ENV.fetch("ACCESS_TOKEN")

created = []
drive.batch do |batch|
  %w[a b c].each do |name|
    batch.create_file({ name: name, parents: ["appDataFolder"] }) { |file, error| created << (file || raise(error)) }
  end
end
read = []
drive.batch do |batch|
  [created.first.id, "missing"].each { |id| batch.get_file(id) { |file, error| read << (file&.name || error.status_code) } }
end
puts JSON.generate(created: created.map(&:name), read: read)
