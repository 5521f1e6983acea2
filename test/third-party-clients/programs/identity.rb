# google-api-client for Ruby, unmodified: asks the generated clients of three APIs whose access token it has.
require "google/apis/oauth2_v2"
require "google/apis/people_v1"
require "json"

emulator = "http://#{ENV.fetch("GSA_EMULATOR_HOST")}/"
token = ENV.fetch("ACCESS_TOKEN")
oauth2 = Google::Apis::Oauth2V2::Oauth2Service.new
people = Google::Apis::PeopleV1::PeopleServiceService.new
[oauth2, people].each do |service|
  service.root_url = emulator
  service.authorization = token
end

person = people.get_person("people/me", person_fields: "names,emailAddresses")
puts JSON.generate(
  tokeninfo: oauth2.tokeninfo(access_token: token).email,
  userinfo: oauth2.get_userinfo.email,
  me: oauth2.get_userinfo_v2.email,
  person: [person.resource_name, person.names.first.display_name, person.email_addresses.first.value]
)
