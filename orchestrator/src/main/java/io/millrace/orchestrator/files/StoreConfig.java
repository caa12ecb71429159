package io.millrace.orchestrator.files;

import io.millrace.artifacts.StoreSettings;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The object store, as the stages know it too: users' files go in and results come out through REST. */
@ConfigMapping(prefix = "millrace.store")
interface StoreConfig {

    /** Address of the S3-compatible server. */
    @WithDefault("http://localhost:9000")
    URI endpoint();

    @WithDefault("millrace")
    String accessKey();

    @WithDefault("millrace-secret")
    String secretKey();

    @WithDefault("us-east-1")
    String region();

    /** Bucket of uploads and results. */
    @WithDefault("millrace")
    String bucket();

    /** Further buckets that jobs may name models and data in. */
    Optional<Set<String>> buckets();

    default StoreSettings settings(URI endpoint) {
        Set<String> all = new HashSet<>(buckets().orElse(Set.of()));
        all.add(bucket());
        return new StoreSettings(endpoint, accessKey(), secretKey(), region(), all);
    }
}
