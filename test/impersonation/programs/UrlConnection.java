import java.net.URI;

public class UrlConnection {
  public static void main(String[] arguments) throws Exception {
    var connection = URI.create("https://accounts.google.com/.well-known/openid-configuration").toURL().openConnection();
    var text = new String(connection.getInputStream().readAllBytes());
    System.out.println(text.replaceAll("(?s).*\"issuer\": \"(.*?)\".*", "$1"));
  }
}
