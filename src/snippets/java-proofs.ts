/** The part of the Java backend that makes DPoP proofs and refreshes with them. */
export const javaProofs = String.raw`  // The latest nonce from Google for each grant type: one from an exchange does not work for a refresh.
  static final Map<String, String> NONCES = new ConcurrentHashMap<>();

  static KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  static String base64url(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Returns a coordinate as exactly 32 bytes, which BigInteger.toByteArray does not. */
  static String coordinate(BigInteger number) {
    return base64url(HexFormat.of().parseHex(String.format("%064x", number)));
  }

  /** Returns a DPoP proof (RFC 9449 section 4.2) for one token request. */
  static String proofFor(Map<String, String> grant, KeyPair key) throws Exception {
    ECPoint point = ((ECPublicKey) key.getPublic()).getW();
    Map<String, String> jwk = Map.of(
        "kty", "EC", "crv", "P-256", "x", coordinate(point.getAffineX()), "y", coordinate(point.getAffineY()));
    String code = grant.get("code");
    // The proof for a code is bound to it; any other jti is used once.
    String jti = code == null ? UUID.randomUUID().toString()
        : base64url(MessageDigest.getInstance("SHA-256").digest(code.getBytes(UTF_8)));
    Map<String, Object> claims = new HashMap<>(
        Map.of("jti", jti, "htm", "POST", "htu", tokenUri, "iat", System.currentTimeMillis() / 1000));
    String nonce = NONCES.get(grant.get("grant_type"));
    if (nonce != null) claims.put("nonce", nonce);
    String signed = base64url(JSON.toByteArray(Map.of("typ", "dpop+jwt", "alg", "ES256", "jwk", jwk))) + "."
        + base64url(JSON.toByteArray(claims));
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initSign(key.getPrivate());
    signature.update(signed.getBytes(UTF_8));
    return signed + "." + base64url(signature.sign());
  }

  /** Returns a new access token of a user. It works for an hour, so cache it. */
  static String accessTokenOf(String sub) throws Exception {
    User user = USERS.get(sub);
    return requestTokens(Map.of("grant_type", "refresh_token", "refresh_token", user.refreshToken), user.key, false)
        .getAccessToken();
  }`
