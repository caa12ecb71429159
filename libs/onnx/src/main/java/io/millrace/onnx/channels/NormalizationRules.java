package io.millrace.onnx.channels;

import io.millrace.onnx.channels.Merge.Operand;
import java.util.List;

/** Normalisations: their parameters go with the channels, where the statistics of those that stay do not change. */
final class NormalizationRules {
    private NormalizationRules() {}

    static void batch(Site site) {
        if (site.node.intAttribute("training_mode", 0) != 0) {
            Rules.UNKNOWN.apply(site);
            return;
        }
        int[] channels = site.along(0, 1);
        for (int i = 1; i <= 4; i++) {
            parameter(site, channels, i, i <= 2);
        }
        site.give(site.layout(0));
    }

    static void instance(Site site) {
        int[] channels = site.along(0, 1);
        parameter(site, channels, 1, true);
        parameter(site, channels, 2, true);
        site.give(site.unmixed(0, axis -> axis >= 2));
    }

    /** The statistics are those of a group of channels: a group goes as a whole. */
    static void group(Site site) {
        int groups = (int) site.node.intAttribute("num_groups", 1);
        int[] channels = site.along(0, 1);
        if (channels != null) {
            int run = channels.length / groups;
            int[] first = new int[groups];
            for (int c = 0; c < channels.length; c++) {
                site.atoms.unite(channels[c], channels[c / run * run]);
                first[c / run] = channels[c / run * run];
            }
            if (groups == 1) {
                site.atoms.freeze(channels, "feeds " + site.label() + ", whose statistics would change");
            }
            for (int i = 1; i <= 2; i++) {
                parameter(site, site.dims(i)[0] == groups ? first : channels, i, true);
            }
        } else {
            parameter(site, null, 1, true);
            parameter(site, null, 2, true);
        }
        site.give(site.unmixed(0, axis -> axis >= 2));
    }

    private static void parameter(Site site, int[] channels, int input, boolean shapesOutput) {
        int[] own = site.along(input, 0);
        if (own == null) {
            return;
        }
        site.meet(channels, 0, own, input);
        if (shapesOutput && site.isStored(input)) {
            site.atoms.mark(own, Atoms.OUTPUT);
        }
    }

    /** LayerNormalization, RMSNormalization: the mean is over the channels, so they stay, unless asked for. */
    static void layer(Site site) {
        int rank = site.rank(0);
        int axis = site.axis(-1, rank);
        if (!site.flow.throughLayerNorm) {
            String reason = "feeds " + site.label() + ", whose statistics would change";
            site.freeze(1, reason);
            site.freeze(2, reason);
            site.give(site.layout(0).without(other -> other >= axis, site.atoms, reason));
            return;
        }
        Layout result = site.layout(0);
        for (int i = 1; i <= 2 && site.has(i); i++) {
            site.layout(i).parts().forEach(part -> site.atoms.mark(part.ids(), Atoms.OUTPUT));
            result = site.merge()
                    .of(
                            rank,
                            List.of(
                                    new Operand(result, site.dims(0), site.flow.name(site.node.input(0))),
                                    site.operand(i, rank)));
        }
        site.give(result);
    }
}
