import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

public class NewHttpClient {
  public static void main(String[] arguments) throws Exception {
    var address = URI.create("https://accounts.google.com/.well-known/openid-configuration");
    var text = HttpClient.newHttpClient().send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString()).body();
    System.out.println(text.replaceAll("(?s).*\"issuer\": \"(.*?)\".*", "$1"));
  }
}
