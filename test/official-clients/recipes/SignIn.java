import com.google.api.client.googleapis.auth.oauth2.GoogleAuthorizationCodeTokenRequest;
import com.google.api.client.googleapis.auth.oauth2.GoogleClientSecrets;
import com.google.api.client.googleapis.auth.oauth2.GoogleIdToken;
import com.google.api.client.googleapis.auth.oauth2.GoogleIdTokenVerifier;
import com.google.api.client.googleapis.auth.oauth2.GooglePublicKeysManager;
import com.google.api.client.googleapis.auth.oauth2.GoogleRefreshTokenRequest;
import com.google.api.client.googleapis.auth.oauth2.GoogleTokenResponse;
import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.GenericJson;
import com.google.api.client.json.gson.GsonFactory;
import java.io.FileReader;
import java.util.List;

public class SignIn {
  public static void main(String[] arguments) throws Exception {
    String host = System.getenv().getOrDefault("GSA_EMULATOR_HOST", "127.0.0.1:9077");
    String emulator = "http://" + host;
    var transport = new NetHttpTransport();
    var json = GsonFactory.getDefaultInstance();
    var client = GoogleClientSecrets.load(json, new FileReader("client_secret.json")).getDetails();

    String code = (String) transport.createRequestFactory()
        .buildPostRequest(
            new GenericUrl(emulator + "/emulator/v1/codes"),
            ByteArrayContent.fromString(
                "application/json", "{\"platform\":\"android\",\"forceRefreshToken\":true}"))
        .setParser(json.createJsonObjectParser())
        .execute().parseAs(GenericJson.class).get("code");

    // The setting: the address of the token server. Codes from the Android and iOS SDKs need an empty redirect URI.
    GoogleTokenResponse tokens = new GoogleAuthorizationCodeTokenRequest(
        transport, json, client.getTokenUri(), client.getClientId(), client.getClientSecret(), code, "").execute();

    var keys = new GooglePublicKeysManager.Builder(transport, json)
        .setPublicCertsEncodedUrl(emulator + "/oauth2/v1/certs").build();
    var verifier = new GoogleIdTokenVerifier.Builder(keys)
        .setIssuer(emulator).setAudience(List.of(client.getClientId()));
    // Newer releases also check the signature with the keys from here.
    verifier.setCertificatesLocation(emulator + "/oauth2/v3/certs");
    GoogleIdToken idToken = verifier.build().verify(tokens.getIdToken());
    System.out.println("signed in: " + idToken.getPayload().getEmail());

    var refreshed = new GoogleRefreshTokenRequest(
        transport, json, tokens.getRefreshToken(), client.getClientId(), client.getClientSecret())
        .setTokenServerUrl(new GenericUrl(client.getTokenUri())).execute();
    System.out.println("refreshed: " + !refreshed.getAccessToken().equals(tokens.getAccessToken()));
  }
}
