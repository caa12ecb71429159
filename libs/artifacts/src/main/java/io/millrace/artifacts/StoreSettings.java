package io.millrace.artifacts;

import java.net.URI;
import java.util.Set;

/**
 * Where the object store is and what of it may be touched.
 *
 * @param endpoint of any S3-compatible server: {@code http://localhost:9000}
 * @param buckets the only buckets that are read or written, whatever an event may say
 */
public record StoreSettings(URI endpoint, String accessKey, String secretKey, String region, Set<String> buckets) {
    public StoreSettings {
        buckets = Set.copyOf(buckets);
    }

    @Override
    public String toString() {
        return "StoreSettings[endpoint=%s, region=%s, buckets=%s]".formatted(endpoint, region, buckets);
    }
}
