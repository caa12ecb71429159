package io.millrace.onnx.inspect;

import java.util.Optional;

/**
 * Whether a method can be applied to a layer.
 *
 * @param possible whether it can
 * @param reason why not; empty if it can
 */
public record Verdict(boolean possible, String reason) {
    static final Verdict YES = new Verdict(true, "");

    static Verdict no(String reason) {
        return new Verdict(false, reason);
    }

    static Verdict unless(Optional<String> obstacle) {
        return obstacle.map(Verdict::no).orElse(YES);
    }
}
