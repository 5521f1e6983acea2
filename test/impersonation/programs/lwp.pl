use JSON::PP;
use LWP::UserAgent;

my $answer = LWP::UserAgent->new->get('https://accounts.google.com/.well-known/openid-configuration');
print decode_json($answer->content)->{issuer}, "\n";
