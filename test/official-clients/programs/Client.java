import com.google.api.client.auth.oauth2.AuthorizationCodeFlow;
import com.google.api.client.auth.oauth2.AuthorizationCodeResponseUrl;
import com.google.api.client.auth.oauth2.BearerToken;
import com.google.api.client.auth.oauth2.ClientParametersAuthentication;
import com.google.api.client.auth.oauth2.TokenResponse;
import com.google.api.client.auth.oauth2.TokenResponseException;
import com.google.api.client.googleapis.auth.oauth2.GoogleAuthorizationCodeTokenRequest;
import com.google.api.client.googleapis.auth.oauth2.GoogleClientSecrets;
import com.google.api.client.googleapis.auth.oauth2.GoogleCredential;
import com.google.api.client.googleapis.auth.oauth2.GoogleIdToken;
import com.google.api.client.googleapis.auth.oauth2.GoogleIdTokenVerifier;
import com.google.api.client.googleapis.auth.oauth2.GooglePublicKeysManager;
import com.google.api.client.googleapis.auth.oauth2.GoogleRefreshTokenRequest;
import com.google.api.client.googleapis.auth.oauth2.GoogleTokenResponse;
import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.client.googleapis.media.MediaHttpDownloader;
import com.google.api.client.googleapis.media.MediaHttpUploader;
import com.google.api.client.http.AbstractInputStreamContent;
import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpRequest;
import com.google.api.client.http.HttpRequestFactory;
import com.google.api.client.http.HttpResponse;
import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.InputStreamContent;
import com.google.api.client.http.UrlEncodedContent;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.http.json.JsonHttpContent;
import com.google.api.client.json.GenericJson;
import com.google.api.client.json.JsonFactory;
import com.google.api.client.json.gson.GsonFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** google-api-client, unmodified: one operation, JSON on standard input, JSON on standard output. */
public class Client {
  static final String issuer = "http://" + System.getenv("GSA_EMULATOR_HOST");
  static final HttpTransport transport = new NetHttpTransport();
  static final JsonFactory json = GsonFactory.getDefaultInstance();
  static GoogleClientSecrets secrets;

  public static void main(String[] arguments) throws Exception {
    secrets = GoogleClientSecrets.load(json, new FileReader("client_secret.json"));
    GenericJson given = json.fromReader(new InputStreamReader(System.in), GenericJson.class);
    GenericJson said = new GenericJson();
    said.setFactory(json);
    try {
      run(arguments[0], given, said);
    } catch (TokenResponseException error) {
      said.set("error", "TokenResponseException");
      said.set("status", error.getStatusCode());
      said.set("details", error.getDetails());
    } catch (GoogleJsonResponseException error) {
      said.set("error", "GoogleJsonResponseException");
      said.set("status", error.getStatusCode());
      said.set("details", error.getDetails());
    }
    System.out.println(said.toString());
  }

  static void run(String operation, GenericJson given, GenericJson said) throws Exception {
    switch (operation) {
      case "consent" -> consent((String) given.get("redirectUri"), said);
      case "exchange" -> say(said, new GoogleAuthorizationCodeTokenRequest(
          transport, json, secrets.getDetails().getTokenUri(), secrets.getDetails().getClientId(),
          secrets.getDetails().getClientSecret(), (String) given.get("code"), (String) given.get("redirectUri"))
          .execute());
      case "refresh" -> say(said, (GoogleTokenResponse) refreshRequest((String) given.get("refreshToken")).execute());
      case "verify" -> verify(given, said);
      case "revoke" -> said.set("status", transport.createRequestFactory().buildPostRequest(
          new GenericUrl(issuer + "/revoke"), new UrlEncodedContent(Collections.singletonMap("token", given.get("token"))))
          .execute().getStatusCode());
      case "drive" -> drive(given, said);
      case "refused" -> refused(given);
      default -> throw new IllegalArgumentException(operation);
    }
  }

  /** The verifier stays inside the flow, so the browser's part happens here too: an emulator with auto-consent answers immediately. */
  static void consent(String redirectUri, GenericJson said) throws IOException {
    // The Google flow of this release leaves the code challenge out; the one that it extends sends it.
    AuthorizationCodeFlow flow = new AuthorizationCodeFlow.Builder(
        BearerToken.authorizationHeaderAccessMethod(), transport, json,
        new GenericUrl(secrets.getDetails().getTokenUri()),
        new ClientParametersAuthentication(secrets.getDetails().getClientId(), secrets.getDetails().getClientSecret()),
        secrets.getDetails().getClientId(), secrets.getDetails().getAuthUri())
        .setScopes(List.of("openid", "email"))
        .enablePKCE()
        .build();
    String url = flow.newAuthorizationUrl().setRedirectUri(redirectUri).setState("the state")
        .set("access_type", "offline").build();
    HttpRequest visit = transport.createRequestFactory().buildGetRequest(new GenericUrl(url));
    String answer = visit.setFollowRedirects(false).setThrowExceptionOnExecuteError(false).execute()
        .getHeaders().getLocation();
    AuthorizationCodeResponseUrl parameters = new AuthorizationCodeResponseUrl(answer);
    TokenResponse tokens = flow.newTokenRequest(parameters.getCode()).setRedirectUri(redirectUri).execute();
    said.set("url", url);
    said.set("state", parameters.getState());
    said.set("refreshToken", tokens.getRefreshToken());
    said.set("scope", tokens.getScope());
  }

  static GoogleRefreshTokenRequest refreshRequest(String refreshToken) {
    return new GoogleRefreshTokenRequest(transport, json, refreshToken, secrets.getDetails().getClientId(),
        secrets.getDetails().getClientSecret())
        .setTokenServerUrl(new GenericUrl(secrets.getDetails().getTokenUri()));
  }

  static void say(GenericJson said, GoogleTokenResponse answer) {
    said.set("accessToken", answer.getAccessToken());
    said.set("refreshToken", answer.getRefreshToken());
    said.set("idToken", answer.getIdToken());
    said.set("expiresIn", answer.getExpiresInSeconds());
    said.set("tokenType", answer.getTokenType());
  }

  static void verify(GenericJson given, GenericJson said) throws Exception {
    GooglePublicKeysManager keys = new GooglePublicKeysManager.Builder(transport, json)
        .setPublicCertsEncodedUrl(issuer + "/oauth2/v1/certs").build();
    GoogleIdTokenVerifier.Builder verifier = new GoogleIdTokenVerifier.Builder(keys)
        .setIssuer(issuer).setAudience(List.of((String) given.get("audience")));
    // Newer releases of google-oauth-client check the signature once more, with keys of their own.
    verifier.setCertificatesLocation(issuer + "/oauth2/v3/certs");
    GoogleIdToken token = verifier.build().verify((String) given.get("idToken"));
    said.set("verified", token != null);
    if (token == null) return;
    said.set("sub", token.getPayload().getSubject());
    said.set("email", token.getPayload().getEmail());
    said.set("emailVerified", token.getPayload().getEmailVerified());
  }

  /** Debian's Drive classes want a newer google-api-client than Debian has, so this drives what they are made of. */
  static HttpRequestFactory authorized(GenericJson given) {
    return transport.createRequestFactory(new GoogleCredential().setAccessToken((String) given.get("accessToken")));
  }

  static GenericJson parsed(HttpResponse answer) throws IOException {
    return json.fromInputStream(answer.getContent(), StandardCharsets.UTF_8, GenericJson.class);
  }

  static void drive(GenericJson given, GenericJson said) throws IOException {
    HttpRequestFactory requests = authorized(given);
    GenericJson metadata = new GenericJson();
    metadata.set("name", "settings.json").set("parents", List.of("appDataFolder"));
    byte[] content = new byte[((BigDecimal) given.get("size")).intValue()];
    // A stream of unknown length is sent in compressed chunks.
    AbstractInputStreamContent media = Boolean.TRUE.equals(given.get("streamed"))
        ? new InputStreamContent("application/octet-stream", new ByteArrayInputStream(content))
        : new ByteArrayContent("application/octet-stream", content);
    MediaHttpUploader uploader = new MediaHttpUploader(media, transport, requests.getInitializer())
        .setMetadata(new JsonHttpContent(json, metadata))
        .setDirectUploadEnabled(!Boolean.TRUE.equals(given.get("resumable")))
        .setChunkSize(MediaHttpUploader.MINIMUM_CHUNK_SIZE);
    GenericJson created = parsed(uploader.upload(new GenericUrl(issuer + "/upload/drive/v3/files?fields=id,name,size")));
    said.set("uploadState", uploader.getUploadState().name());
    said.set("size", created.get("size"));
    GenericUrl file = new GenericUrl(issuer + "/drive/v3/files/" + created.get("id"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // The downloader adds alt=media to the address, which Drive refuses for a deletion.
    new MediaHttpDownloader(transport, requests.getInitializer()).setChunkSize(300_000).download(file.clone(), bytes);
    said.set("downloaded", Arrays.equals(bytes.toByteArray(), content));
    GenericUrl list = new GenericUrl(issuer + "/drive/v3/files?spaces=appDataFolder&fields=files(name)");
    said.set("listed", parsed(requests.buildGetRequest(list).execute()));
    said.set("deleted", requests.buildDeleteRequest(file).execute().getStatusCode());
    said.set("left", parsed(requests.buildGetRequest(list).execute()));
  }

  /** A list of all of Drive, which drive.appdata does not allow. */
  static void refused(GenericJson given) throws IOException {
    GoogleJsonResponseException.execute(
        json, authorized(given).buildGetRequest(new GenericUrl(issuer + "/drive/v3/files")));
  }
}
