package io.millrace.worker.app;

import io.millrace.artifacts.StoreSettings;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The object store that holds models, data and results. */
@ConfigMapping(prefix = "millrace.store")
public interface StoreConfiguration {

    /** Address of the S3-compatible server. */
    URI endpoint();

    String accessKey();

    String secretKey();

    String region();

    /** Bucket of results and checkpoints. */
    String bucket();

    /** Further buckets that jobs may name models and data in; all others are refused. */
    Optional<Set<String>> buckets();

    /** Where local copies of models and data are kept. */
    Path cacheDir();

    /** Bound of all local copies together. */
    MemorySize cacheSize();

    default StoreSettings toSettings() {
        Set<String> all = new HashSet<>(buckets().orElse(Set.of()));
        all.add(bucket());
        return new StoreSettings(endpoint(), accessKey(), secretKey(), region(), all);
    }
}
