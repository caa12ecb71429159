package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OrtRun;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The proof of a cut: the network without channels gives what the network with these channels switched off gives. */
final class Oracle {
    private Oracle() {}

    /** Cuts each group in turn, then all at once. */
    static ChannelGroups check(OnnxModel model, long seed) {
        return check(model, seed, 1e-5);
    }

    static ChannelGroups check(OnnxModel model, long seed, double tolerance) {
        ChannelGroups groups = ChannelGroups.of(model);
        Map<String, Tensor> inputs = OrtRun.randomInputs(model, seed, 2);
        Random random = new Random(seed);
        Map<ChannelGroup, int[]> all = new LinkedHashMap<>();
        for (ChannelGroup group : groups.groups()) {
            int[] removed = choose(group, random);
            all.put(group, removed);
            compare(model, Map.of(group, removed), inputs, tolerance);
        }
        compare(model, all, inputs, tolerance);
        return groups;
    }

    /** Only all groups at once: half the price. */
    static ChannelGroups checkTogether(OnnxModel model, long seed) {
        ChannelGroups groups = ChannelGroups.of(model);
        Random random = new Random(seed);
        Map<ChannelGroup, int[]> all = new LinkedHashMap<>();
        groups.groups().forEach(group -> all.put(group, choose(group, random)));
        compare(model, all, OrtRun.randomInputs(model, seed, 2), 1e-5);
        return groups;
    }

    private static void compare(
            OnnxModel model, Map<ChannelGroup, int[]> removed, Map<String, Tensor> inputs, double tolerance) {
        assertThat(OrtRun.flaw(ChannelCut.zero(model, removed), ChannelCut.cut(model, removed), inputs, tolerance))
                .as("pruned against zeroed, groups %s", removed.keySet())
                .isEmpty();
    }

    /** Some units of each block, as many of each, at random places. */
    static int[] choose(ChannelGroup group, Random random) {
        int smallest =
                Arrays.stream(group.blocks()).mapToInt(b -> b.length).min().orElse(1);
        int count = 1 + random.nextInt(smallest - group.minimum());
        List<Integer> removed = new ArrayList<>();
        for (int[] block : group.blocks()) {
            List<Integer> units = new ArrayList<>(Arrays.stream(block).boxed().toList());
            java.util.Collections.shuffle(units, random);
            removed.addAll(units.subList(0, count));
        }
        return removed.stream().mapToInt(u -> u).toArray();
    }
}
