package io.millrace.onnx.operator;

import io.millrace.onnx.channels.Site;

/** What all operators share that sum over channels of two inputs. */
final class Summing {
    private Summing() {}

    /**
     * A sum over channels: what is summed goes together. At least one side must be zero when the channels are switched
     * off; a stored weight can be made so.
     */
    static void follow(Site site, int[] left, int leftInput, int[] right, int rightInput) {
        site.meet(left, leftInput, right, rightInput);
        if (left == null || right == null) {
            return;
        }
        columns(site, left, leftInput, rightInput);
        columns(site, right, rightInput, leftInput);
        boolean stored = site.isStored(leftInput) || site.isStored(rightInput);
        if (!stored && !site.keepsZero(leftInput) && !site.keepsZero(rightInput)) {
            site.freeze(left, "is summed over in " + site.label() + ", and is not zero where its layer gives zero");
        }
    }

    /** Marks what a stored input has along the sum as columns that read another input. */
    static void columns(Site site, int[] ids, int input, int other) {
        if (site.isStored(input)) {
            site.markColumns(ids, other);
        }
    }
}
