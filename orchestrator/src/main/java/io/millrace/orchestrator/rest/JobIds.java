package io.millrace.orchestrator.rest;

import io.millrace.contracts.Json;
import java.util.Locale;
import java.util.UUID;

/** Names for new jobs. */
final class JobIds {
    private static final int NAME_LENGTH = 40;
    private static final int KEY_DIGITS = 16;

    private JobIds() {}

    /** Unlike any other: {@code resnet-half-3f9a2c1d}. */
    static String fresh(String name) {
        return slug(name) + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    /** The same whenever the same user comes with the same idempotency key. */
    static String of(String user, String idempotencyKey) {
        return "job-" + Json.fingerprint(user, idempotencyKey).substring(0, KEY_DIGITS);
    }

    private static String slug(String name) {
        String slug =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        String cut = slug.substring(0, Math.min(slug.length(), NAME_LENGTH));
        return cut.isEmpty() ? "job" : cut;
    }
}
