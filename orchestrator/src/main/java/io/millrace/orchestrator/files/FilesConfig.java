package io.millrace.orchestrator.files;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Uploads and downloads over REST. */
@ConfigMapping(prefix = "millrace.files")
public interface FilesConfig {

    /** Largest file that may be uploaded. */
    @WithDefault("8G")
    MemorySize maxSize();

    /** Most files of one folder. */
    @WithDefault("20000")
    int maxFiles();

    /**
     * Address of the object store as clients reach it. If set, content goes between client and store directly, by
     * signed addresses; else through REST.
     */
    Optional<URI> publicStore();

    /** How long a signed address is valid. */
    @WithDefault("1h")
    Duration linkLifetime();
}
