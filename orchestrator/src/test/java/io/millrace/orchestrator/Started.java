package io.millrace.orchestrator;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Lets a test begin when the application's streams run: it serves HTTP before they do, and says so until then. */
public final class Started implements BeforeEachCallback {
    @Override
    public void beforeEach(ExtensionContext context) {
        await("the streams run").atMost(Duration.ofMinutes(1)).until(() -> {
            int live = given().get("/q/health/live").statusCode();
            int ready = given().get("/q/health/ready").statusCode();
            return live == 200 && ready == 200;
        });
    }
}
