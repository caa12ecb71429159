package io.millrace.orchestrator.stream;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A broker whose name nobody knows yet, as in a cluster where its service is made after this one. */
@QuarkusTest
@WithTestResource(UnknownBrokerTest.Nowhere.class)
class UnknownBrokerTest {

    @Test
    void itWaitsForANameToo() {
        await().untilAsserted(() -> given().get("/q/health/ready")
                .then()
                .statusCode(503)
                .body(containsString("broker.invalid:9092"))
                .body(containsString("No resolvable bootstrap urls")));
        given().get("/q/health/live").then().statusCode(200);
        given().get("/api/jobs").then().statusCode(503);
    }

    /** A name that is never resolved. */
    public static class Nowhere implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            return Map.of("kafka.bootstrap.servers", "broker.invalid:9092", "quarkus.http.test-port", "0");
        }

        @Override
        public void stop() {}
    }
}
