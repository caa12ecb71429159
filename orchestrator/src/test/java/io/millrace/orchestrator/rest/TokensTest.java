package io.millrace.orchestrator.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;

import io.millrace.orchestrator.Broker;
import io.millrace.orchestrator.Started;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** With an issuer configured REST asks who comes. */
@QuarkusTest
@TestProfile(TokensTest.WithIssuer.class)
@WithTestResource(Broker.class)
@ExtendWith(Started.class)
class TokensTest {
    private static final String ISSUER = "https://issuer.example";

    @Test
    void whoHasNoTokenIsLeftOutside() throws Exception {
        given().get("/api/jobs")
                .then()
                .statusCode(401)
                .contentType("application/problem+json")
                .header("WWW-Authenticate", equalTo("Bearer"));
        given().get("/api/folders/" + "0".repeat(64)).then().statusCode(401);
        for (String wrong : new String[] {
            "nonsense",
            token(KEYS.strangers, ISSUER, "operator", 60),
            token(KEYS.own, "https://other", "operator", 60),
            token(KEYS.own, ISSUER, "operator", -600)
        }) {
            given().header("Authorization", "Bearer " + wrong)
                    .get("/api/jobs")
                    .then()
                    .statusCode(401)
                    .contentType("application/problem+json");
        }
        given().get("/q/health/live").then().statusCode(200);
    }

    @Test
    void aViewerLooksAndAnOperatorActs() throws Exception {
        String viewer = "Bearer " + token(KEYS.own, ISSUER, "viewer", 60);
        String operator = "Bearer " + token(KEYS.own, ISSUER, "operator", 60);
        String nobody = "Bearer " + token(KEYS.own, ISSUER, "guest", 60);

        given().header("Authorization", viewer).get("/api/jobs").then().statusCode(200);
        given().header("Authorization", operator).get("/api/jobs").then().statusCode(200);
        given().header("Authorization", nobody)
                .get("/api/jobs")
                .then()
                .statusCode(403)
                .body("type", equalTo("urn:millrace:problem:not-allowed"));
        given().header("Authorization", viewer).delete("/api/jobs/x").then().statusCode(403);
        given().header("Authorization", operator).delete("/api/jobs/x").then().statusCode(404);
    }

    /** A key that is trusted, and one that is not: the same ones in both class loaders of the test. */
    static final class KEYS {
        static final KeyPair own = pair(1);
        static final KeyPair strangers = pair(2);

        private static KeyPair pair(int seed) {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
                SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
                random.setSeed(seed);
                generator.initialize(2048, random);
                return generator.generateKeyPair();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    public static class WithIssuer implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "millrace.rest.issuer",
                    ISSUER,
                    "mp.jwt.verify.publickey",
                    Base64.getEncoder().encodeToString(KEYS.own.getPublic().getEncoded()));
        }
    }

    private static String token(KeyPair keys, String issuer, String role, long seconds) throws Exception {
        long now = Instant.now().getEpochSecond();
        String head = base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
        String claims =
                base64("{\"iss\":\"%s\",\"sub\":\"ada\",\"upn\":\"ada\",\"groups\":[\"%s\"],\"iat\":%d,\"exp\":%d}"
                        .formatted(issuer, role, now - 700, now + seconds));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(keys.getPrivate());
        signature.update((head + "." + claims).getBytes(StandardCharsets.UTF_8));
        return head + "." + claims + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
