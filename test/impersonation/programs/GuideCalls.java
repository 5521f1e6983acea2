import com.google.api.client.googleapis.auth.oauth2.GoogleAuthorizationCodeTokenRequest;
import com.google.api.client.googleapis.auth.oauth2.GoogleClientSecrets;
import com.google.api.client.googleapis.auth.oauth2.GoogleCredential;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.GenericJson;
import com.google.api.client.json.JsonObjectParser;
import com.google.api.client.json.jackson2.JacksonFactory;
import java.io.FileReader;

/** The calls of Google's guide for backends in Java; Debian has no Drive class that fits, so it sends its request. */
public class GuideCalls {
  public static void main(String[] arguments) throws Exception {
    var json = JacksonFactory.getDefaultInstance();
    var client = GoogleClientSecrets.load(json, new FileReader("client_secret.json")).getDetails();
    var tokens = new GoogleAuthorizationCodeTokenRequest(
        new NetHttpTransport(), json, "https://oauth2.googleapis.com/token",
        client.getClientId(), client.getClientSecret(), arguments[0], "").execute();
    var credential = new GoogleCredential().setAccessToken(tokens.getAccessToken());
    var folder = new NetHttpTransport().createRequestFactory(credential)
        .buildGetRequest(new GenericUrl("https://www.googleapis.com/drive/v3/files/appfolder"))
        .setParser(new JsonObjectParser(json)).execute().parseAs(GenericJson.class);
    System.out.println("signed in: " + tokens.parseIdToken().getPayload().getEmail());
    System.out.println("name: " + folder.get("name"));
  }
}
