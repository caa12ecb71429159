package io.millrace.finetune;

import java.util.List;
import java.util.Optional;

/**
 * What a training has come to, on the samples kept aside.
 *
 * @param samples how many were kept aside
 * @param before figures before the training; {@code null} if there are none
 * @param after figures after the training; {@code null} if there are none
 * @param givenUp whether it diverged at every learning rate tried
 */
record TrainingVerdict(long samples, KeptAside.Figures before, KeptAside.Figures after, boolean givenUp) {

    /** Whether the model has to stay as it was. */
    boolean madeWorse() {
        return givenUp || after != null && after.worseThan(before);
    }

    /** What a user should know of it. */
    List<String> notes() {
        return Optional.ofNullable(note()).stream().toList();
    }

    private String note() {
        if (givenUp) {
            return "the model is as it was before: training diverged at every learning rate tried";
        }
        if (madeWorse()) {
            return "the model is as it was before: on %d samples kept aside, training took the loss from %.4g to %.4g"
                    .formatted(samples, before.loss(), after.loss());
        }
        return samples == 0
                ? "the data is too small to keep samples aside: whether training made the model better is not known"
                : null;
    }
}
