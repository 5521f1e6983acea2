import { answeredScope } from '../oauth/scopes.ts'
import { javaString } from './literals.ts'
import { javaProofs } from './java-proofs.ts'
import { filled, type SnippetFile, type SnippetValues, variantOf } from './snippet-file.ts'

/** Returns a backend for Java. */
export function java({ clientId, scopes, dpop = false }: SnippetValues): readonly SnippetFile[] {
  const content = filled(variantOf(template, dpop), {
    proofs: javaProofs,
    clientId: javaString(clientId),
    scopes: scopes.map((scope) => javaString(answeredScope(scope))).join(',\n      '),
  })
  return [{ name: 'Server.java', language: 'java', content }]
}

const template = String.raw`// POST /authcode: exchanges an app's one-time code for tokens, once, and stores the refresh token.
// Java 17 or newer, with com.google.api-client:google-api-client and its dependencies: java -cp 'lib/*' Server.java
// The client secret is in client_secret_web.json, or in the file named by GOOGLE_CLIENT_SECRETS. Keep it out of git.
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.api.client.googleapis.auth.oauth2.GoogleClientSecrets;
import com.google.api.client.googleapis.auth.oauth2.GoogleIdToken;
import com.google.api.client.googleapis.auth.oauth2.GoogleIdTokenVerifier;
import com.google.api.client.googleapis.auth.oauth2.GooglePublicKeysManager;
import com.google.api.client.googleapis.auth.oauth2.GoogleTokenResponse;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.GenericJson;
import com.google.api.client.json.JsonFactory;
import com.google.api.client.json.gson.GsonFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.Reader;
«+»import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
«+»import java.security.KeyPair;
«+»import java.security.KeyPairGenerator;
«+»import java.security.MessageDigest;
«+»import java.security.Signature;
«+»import java.security.interfaces.ECPublicKey;
«+»import java.security.spec.ECGenParameterSpec;
«+»import java.security.spec.ECPoint;
import java.time.Duration;
import java.util.ArrayList;
«+»import java.util.Base64;
«+»import java.util.HashMap;
«+»import java.util.HexFormat;
import java.util.List;
import java.util.Map;
«+»import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

public class Server {
  static final String CLIENT_ID = «clientId»;
  // As Google names them in responses: email and profile come back as userinfo.email and userinfo.profile.
  static final List<String> SCOPES = List.of(
      «scopes»);

  static final JsonFactory JSON = GsonFactory.getDefaultInstance();
  // For tests with gsa emulator: GSA_EMULATOR_HOST is its HOST:PORT. Without it, keys and files come from Google.
  static final String EMULATOR = System.getenv().getOrDefault("GSA_EMULATOR_HOST", "").replaceFirst("^(?=.)(?!https?:)", "http://");
  static final String APIS = EMULATOR.isEmpty() ? "https://www.googleapis.com" : EMULATOR;
  static final GoogleIdTokenVerifier VERIFIER = verifier();
  // A code works only once, so no redirects and no retries. HttpURLConnection, which Google's library uses, does both.
  static final HttpClient HTTP = HttpClient.newHttpClient();
  static String clientSecret;
  static String tokenUri;

«-»  record User(String email, String refreshToken) {}
«+»  record User(String email, String refreshToken, KeyPair key) {}

  // YOUR STORAGE GOES HERE: one row per user, keyed by sub (email addresses can change owners), with the refresh token encrypted.
«+»  // Encrypt the keys (getEncoded() of both) in the same row, too: a refresh token works only with the key of its exchange.
  // Also link the Google account to the session of the user who sent the request here.
  static final Map<String, User> USERS = new ConcurrentHashMap<>();

«-»  static boolean saveUser(String sub, String email, String refreshToken) {
«+»  static boolean saveUser(String sub, String email, String refreshToken, KeyPair key) {
    // Google returns a refresh token only at the first consent. A later code returns none: do not overwrite the stored one.
«-»    return USERS.compute(sub, (key, known) ->
«-»        new User(email, refreshToken == null && known != null ? known.refreshToken : refreshToken)).refreshToken != null;
«+»    return USERS.compute(sub, (id, known) -> refreshToken == null && known != null
«+»        ? new User(email, known.refreshToken, known.key) : new User(email, refreshToken, key)).refreshToken != null;
  }

  /** The response to the app: a status and an error word. */
  static class Refusal extends RuntimeException {
    final int status;

    Refusal(int status, String word) {
      super(word);
      this.status = status;
    }
  }

«+»«proofs»
«+»
«+»  static GoogleTokenResponse requestTokens(Map<String, String> grant, KeyPair key, boolean isRetry) throws Exception {
«+»    Map<String, String> fields = new HashMap<>(grant);
«+»    fields.putAll(Map.of("client_id", CLIENT_ID, "client_secret", clientSecret));
«+»    String form = fields.entrySet().stream()
«-»  static GoogleTokenResponse exchange(String code, String redirectUri) throws IOException, InterruptedException {
«-»    String form = Map.of("grant_type", "authorization_code", "code", code, "redirect_uri", redirectUri,
«-»            "client_id", CLIENT_ID, "client_secret", clientSecret).entrySet().stream()
        .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
        .collect(Collectors.joining("&"));
    HttpResponse<String> answer = HTTP.send(
        HttpRequest.newBuilder(URI.create(tokenUri))
            .header("Content-Type", "application/x-www-form-urlencoded")
«+»            .header("DPoP", proofFor(grant, key))
            .timeout(Duration.ofSeconds(15))
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build(),
        HttpResponse.BodyHandlers.ofString());
«+»    String nonce = answer.headers().firstValue("DPoP-Nonce").orElse(null);
«+»    if (nonce != null) NONCES.put(grant.get("grant_type"), nonce);
    if (answer.statusCode() == 200) return JSON.fromString(answer.body(), GoogleTokenResponse.class);
«+»    // The code or token was not used yet (RFC 9449 section 8): send the same request once more, never twice.
«+»    if (answer.statusCode() == 400 && nonce != null && !isRetry
«+»        && "use_dpop_nonce".equals(JSON.fromString(answer.body(), GenericJson.class).get("error")))
«+»      return requestTokens(grant, key, true);
    // The error response gives the reason, and contains no secret.
    System.err.println("The token endpoint refused: " + answer.statusCode() + " " + answer.body());
«-»    throw new Refusal(answer.statusCode() < 500 ? 400 : 502, "code_refused");
«+»    throw new Refusal(answer.statusCode() < 500 ? 400 : 502, grant.containsKey("code") ? "code_refused" : "refresh_refused");
  }

  static GoogleIdTokenVerifier verifier() {
    NetHttpTransport transport = new NetHttpTransport();
    GooglePublicKeysManager keys =
        new GooglePublicKeysManager.Builder(transport, JSON).setPublicCertsEncodedUrl(APIS + "/oauth2/v1/certs").build();
    GoogleIdTokenVerifier.Builder builder = new GoogleIdTokenVerifier.Builder(keys).setAudience(List.of(CLIENT_ID));
    if (!EMULATOR.isEmpty()) {
      builder.setIssuer(System.getenv().getOrDefault("GSA_EMULATOR_ISSUER", EMULATOR));
      builder.setCertificatesLocation(EMULATOR + "/oauth2/v3/certs");
    }
    return builder.build();
  }

  static GoogleIdToken.Payload verified(String idToken) throws IOException {
    try {
      GoogleIdToken token = idToken == null ? null : VERIFIER.verify(idToken);
      if (token != null) return token.getPayload();
    } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
      // Treated as invalid. Not logged: the message can contain the whole token.
    }
    throw new Refusal(502, "id_token_invalid");
  }

«-»  static GenericJson connect(HttpExchange request) throws IOException, InterruptedException {
«+»  static GenericJson connect(HttpExchange request) throws Exception {
    if (!request.getRequestMethod().equals("POST") || !request.getRequestURI().getPath().equals("/authcode"))
      throw new Refusal(404, "not_found");
    // Checked before reading the body. Pages of other origins cannot send this header unless you allow it. Empty counts as missing.
    String requestedWith = request.getRequestHeaders().getFirst("X-Requested-With");
    if (requestedWith == null || requestedWith.isEmpty()) throw new Refusal(403, "x_requested_with_missing");
    byte[] body = request.getRequestBody().readNBytes(16 * 1024 + 1);
    if (body.length > 16 * 1024) throw new Refusal(413, "body_too_large");
    // For an app's code, send an empty redirect_uri. For a code from the web pop-up, send the word postmessage.
    // (The Python sample in Google's guides sends postmessage for both; an app's code then fails with redirect_uri_mismatch.)
    Map<String, String> redirectUris = Map.of("authCode", "", "code", "postmessage");
    List<String[]> codes = new ArrayList<>();
    for (String field : new String(body, UTF_8).split("&")) {
      String[] parts = field.split("=", 2);
      if (parts.length == 2 && redirectUris.containsKey(parts[0])) codes.add(parts);
    }
    if (codes.size() != 1 || codes.get(0)[1].isEmpty()) throw new Refusal(400, "one_code_needed");
    String code;
    try {
      code = URLDecoder.decode(codes.get(0)[1], UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      throw new Refusal(400, "one_code_needed");
    }
«-»    GoogleTokenResponse tokens = exchange(code, redirectUris.get(codes.get(0)[0]));
«+»    String redirectUri = redirectUris.get(codes.get(0)[0]);
«+»    KeyPair key = newKey();
«+»    GoogleTokenResponse tokens =
«+»        requestTokens(Map.of("grant_type", "authorization_code", "code", code, "redirect_uri", redirectUri), key, false);

    GoogleIdToken.Payload claims = verified(tokens.getIdToken());
«-»    boolean worksOffline = saveUser(claims.getSubject(), claims.getEmail(), tokens.getRefreshToken());
«+»    boolean worksOffline = saveUser(claims.getSubject(), claims.getEmail(), tokens.getRefreshToken(), key);
    List<String> granted = List.of(tokens.getScope().split(" "));

«-»    // An example API call. While the user is away, first get an access token with the refresh token (grant_type=refresh_token).
«+»    // An example API call with a refreshed access token, as while the user is away. APIs need no proof.
«+»    if (worksOffline) tokens.setAccessToken(accessTokenOf(claims.getSubject()));
    HttpResponse<String> list = HTTP.send(
        HttpRequest.newBuilder(URI.create(APIS + "/drive/v3/files?spaces=appDataFolder&fields=files(id,name)"))
            .header("Authorization", "Bearer " + tokens.getAccessToken())
            .timeout(Duration.ofSeconds(15))
            .build(),
        HttpResponse.BodyHandlers.ofString());
    return new GenericJson()
        .set("email", claims.getEmail())
        .set("worksOffline", worksOffline) // false: there is no refresh token, so the app must ask for consent again
        .set("missingScopes", SCOPES.stream().filter(scope -> !granted.contains(scope)).toList()) // not allowed by the user
        .set("files", list.statusCode() == 200 ? JSON.fromString(list.body(), GenericJson.class).get("files") : List.of());
  }

  static void answer(HttpExchange request) throws IOException {
    int status = 200;
    GenericJson answer;
    try {
      answer = connect(request);
    } catch (Refusal refusal) {
      status = refusal.status;
      answer = new GenericJson().set("error", refusal.getMessage());
«-»    } catch (IOException | InterruptedException | RuntimeException error) {
«+»    } catch (Exception error) {
      error.printStackTrace();
      status = 500;
      answer = new GenericJson().set("error", "internal_error");
    }
    byte[] body = JSON.toByteArray(answer);
    request.getResponseHeaders().set("Content-Type", "application/json");
    request.getResponseHeaders().set("Cache-Control", "no-store");
    request.sendResponseHeaders(status, body.length);
    request.getResponseBody().write(body);
    request.close();
  }

  public static void main(String[] arguments) throws IOException {
    String file = System.getenv().getOrDefault("GOOGLE_CLIENT_SECRETS", "client_secret_web.json");
    try (Reader reader = Files.newBufferedReader(Path.of(file))) {
      GoogleClientSecrets.Details web = GoogleClientSecrets.load(JSON, reader).getWeb();
      if (web == null || !web.getClientId().equals(CLIENT_ID))
        throw new IllegalStateException(file + " is not the file of the web client " + CLIENT_ID);
      clientSecret = web.getClientSecret();
      tokenUri = web.getTokenUri();
    }
    // Apps require HTTPS: put a TLS proxy in front. The Android emulator reaches this server at http://10.0.2.2:8080/authcode.
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 8080), 0);
    server.setExecutor(Executors.newFixedThreadPool(16));
    server.createContext("/", Server::answer);
    server.start();
  }
}
`
