package io.millrace.svd.calibration;

import io.millrace.compression.Aside;
import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.inference.Activations;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.tensor.Matrix;
import io.millrace.tensor.SecondMoments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Streams calibration data through a model once and sums up what its layers read. Only the inputs of the layers are
 * tapped; memory is two square matrices for each group of each layer, of {@value #MOST} rows at most.
 */
public final class InputMoments {
    /** Patches of 256 channels of 3 x 3; above, channels only. */
    static final int MOST = 2304;

    private static final long DOUBLES_IN_MEMORY = 32L << 20;
    private static final int ROWS_PER_UNKNOWN = 6;
    private static final int FEWEST_PER_SAMPLE = 10;

    private final OnnxModel model;
    private final SessionOptions options;
    private final long seed;

    public InputMoments(OnnxModel model, SessionOptions options, long seed) {
        this.model = model;
        this.options = options;
        this.seed = seed;
    }

    /** The sums of one layer. */
    private record Sums(Layer layer, List<SecondMoments> fitted, List<SecondMoments> aside) {
        static Sums of(Layer layer) {
            List<SecondMoments> fitted = new ArrayList<>();
            List<SecondMoments> aside = new ArrayList<>();
            int size = patches(layer, 0).size();
            for (int g = 0; g < layer.groups(); g++) {
                fitted.add(new SecondMoments(size));
                aside.add(new SecondMoments(size));
            }
            return new Sums(layer, fitted, aside);
        }

        static Patches patches(Layer layer, int use) {
            boolean large = (long) layer.inputs() * layer.taps() > MOST;
            return new Patches(layer, layer.uses().get(use).node(), large);
        }

        void add(String value, Tensor x, boolean judging, int perSample, Random random) {
            for (int use = 0; use < layer.uses().size(); use++) {
                if (layer.uses().get(use).node().input(0).equals(value)) {
                    Patches patches = patches(layer, use);
                    float[][] rows = patches.rows(x, perSample, random);
                    for (int g = 0; g < rows.length; g++) {
                        (judging ? aside : fitted).get(g).add(rows[g], rows[g].length / patches.size());
                    }
                }
            }
        }

        Metrics metrics() {
            return new Metrics(
                    fitted.stream().map(this::metric).toList(),
                    aside.stream().map(this::metric).toList());
        }

        private Metric metric(SecondMoments sums) {
            Matrix mean = sums.mean();
            boolean whole = mean.rows() == layer.inputs() * layer.taps();
            return whole ? new PatchMetric(mean) : new ChannelMetric(mean, layer.taps());
        }

        void close() {
            fitted.forEach(SecondMoments::close);
            aside.forEach(SecondMoments::close);
        }
    }

    /** Layers in groups of which the sums of one are in memory at a time. */
    public static List<List<Layer>> waves(List<Layer> layers) {
        List<List<Layer>> waves = new ArrayList<>();
        long room = 0;
        for (Layer layer : layers) {
            long size = Sums.patches(layer, 0).size();
            long doubles = 2 * size * size * layer.groups();
            if (waves.isEmpty() || doubles > room) {
                waves.add(new ArrayList<>());
                room = DOUBLES_IN_MEMORY;
            }
            waves.get(waves.size() - 1).add(layer);
            room -= doubles;
        }
        return waves;
    }

    /** Whether data can say anything of a layer: not of one that reads its input transposed. */
    public static boolean knows(Layer layer) {
        return layer.nodes().stream().allMatch(node -> node.intAttribute("transA", 0) == 0);
    }

    /**
     * What data says of some layers.
     *
     * @param afterBatch called after each batch; what it throws ends the pass
     */
    public Map<Layer, Metrics> of(List<Layer> layers, Batches batches, Runnable afterBatch) {
        List<Sums> sums =
                layers.stream().filter(InputMoments::knows).map(Sums::of).toList();
        Set<String> values = sums.stream()
                .flatMap(s -> s.layer.nodes().stream())
                .map(node -> node.input(0))
                .collect(Collectors.toSet());
        try (Activations activations = Activations.of(model, values, options)) {
            int[] place = {0};
            for (Batch batch : batches) {
                boolean judging = Aside.possible(batches) && Aside.is(place[0], batches);
                activations.run(
                        batch.inputs(),
                        (value, tensor) -> sums.forEach(s ->
                                s.add(value, tensor, judging, perSample(s.layer, batches), random(value, place[0]))));
                place[0]++;
                afterBatch.run();
            }
            Map<Layer, Metrics> metrics = new LinkedHashMap<>();
            sums.forEach(s -> metrics.put(s.layer, s.metrics()));
            return metrics;
        } finally {
            batches.close();
            sums.forEach(Sums::close);
        }
    }

    private Random random(String value, int place) {
        return new Random(seed ^ value.hashCode() ^ (long) place << 32);
    }

    private static int perSample(Layer layer, Batches batches) {
        int size = Sums.patches(layer, 0).size();
        return Math.max(FEWEST_PER_SAMPLE, (int) Math.ceil((double) ROWS_PER_UNKNOWN * size / batches.samples()));
    }
}
