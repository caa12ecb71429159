package io.millrace.artifacts;

import io.millrace.embedded.EmbeddedS3;
import java.util.Set;

class EmbeddedObjectStoreTest extends ObjectStoreContract {
    private EmbeddedS3 s3;

    @Override
    void start() {
        s3 = EmbeddedS3.start(data, 0, new EmbeddedS3.Credentials("tester", "tester-secret"));
    }

    @Override
    void stop() {
        s3.close();
    }

    @Override
    StoreSettings server() {
        return new StoreSettings(s3.endpoint(), "tester", "tester-secret", "us-east-1", Set.of(BUCKET));
    }
}
