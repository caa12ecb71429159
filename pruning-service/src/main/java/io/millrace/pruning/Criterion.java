package io.millrace.pruning;

import io.millrace.contracts.method.PruningCriterion;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.Slot;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Which channels matter least. A unit's score is the mean, over all weights of its group, of its slice's importance
 * relative to the average slice of that weight, so that layers of any size count alike. Rows of a convolution before a
 * BatchNormalization count as that normalisation scales them.
 */
enum Criterion {
    /** Sum of magnitudes (Li et al. 2017). */
    L1,
    /** Euclidean norm (He et al. 2018, as AIMET for input channels). */
    L2,
    /** Magnitude of the normalisation's scale (Liu et al. 2017); tells nothing of groups without a normalisation. */
    BN_SCALE,
    /** Sum of distances to the other slices (He et al. 2019): what the others can replace goes first. */
    GEOMETRIC_MEDIAN,
    /** By chance, as a baseline. */
    RANDOM;

    static Criterion of(PruningCriterion named) {
        return valueOf(named.name());
    }

    String label() {
        return name().toLowerCase().replace('_', '-');
    }

    /**
     * The importance of each unit of a group; the least important goes first. All alike where the criterion has nothing
     * to tell of the group, see {@link Ranking}.
     */
    double[] scores(OnnxModel model, ChannelGroup group, long seed) {
        if (this == RANDOM) {
            return new Random(seed ^ group.id().hashCode())
                    .doubles(group.size())
                    .toArray();
        }
        double[] scores = new double[group.size()];
        Map<String, double[]> rowFactors = rowFactors(model.graph());
        for (Slot slot : group.slots()) {
            Tensor tensor = model.graph().constant(slot.tensor()).orElseThrow();
            boolean weight = tensor.rank() > 1 && slot.role() != Slot.Role.PARAMETER;
            boolean scale = tensor.rank() == 1 && rowFactors.containsKey(slot.tensor());
            if (this == BN_SCALE ? scale : weight) {
                add(scores, relative(importance(Slice.of(tensor, slot, rowFactors.get(slot.tensor())))));
            }
        }
        return scores;
    }

    private double[] importance(double[][] slices) {
        double[] importance = new double[slices.length];
        for (int u = 0; u < slices.length; u++) {
            importance[u] = switch (this) {
                case L1 -> Arrays.stream(slices[u]).map(Math::abs).sum();
                case GEOMETRIC_MEDIAN -> distances(slices, u);
                default -> Math.sqrt(Arrays.stream(slices[u]).map(v -> v * v).sum());
            };
        }
        return importance;
    }

    private static double distances(double[][] slices, int unit) {
        double sum = 0;
        for (double[] other : slices) {
            double squared = 0;
            for (int i = 0; i < Math.min(other.length, slices[unit].length); i++) {
                squared += (other[i] - slices[unit][i]) * (other[i] - slices[unit][i]);
            }
            sum += Math.sqrt(squared);
        }
        return sum;
    }

    private static double[] relative(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        return mean == 0 ? values : Arrays.stream(values).map(v -> v / mean).toArray();
    }

    private static void add(double[] sums, double[] values) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += values[i];
        }
    }

    /**
     * What a BatchNormalization behind a convolution multiplies its rows by, by the convolution's weight; and 1 for each
     * channel, by the normalisation's scale.
     */
    private static Map<String, double[]> rowFactors(Graph graph) {
        Map<String, double[]> factors = new HashMap<>();
        for (Node norm : graph.nodes()) {
            if (!norm.is("BatchNormalization")) {
                continue;
            }
            Tensor scale = graph.constant(norm.input(1)).orElse(null);
            Tensor variance = graph.constant(norm.input(4)).orElse(null);
            if (scale == null || variance == null) {
                continue;
            }
            float[] gamma = scale.floats();
            float[] var = variance.floats();
            double epsilon = norm.floatAttribute("epsilon", 1e-5f);
            double[] factor = new double[gamma.length];
            for (int c = 0; c < factor.length; c++) {
                factor[c] = Math.abs(gamma[c]) / Math.sqrt(var[c] + epsilon);
            }
            double[] ones = new double[gamma.length];
            Arrays.fill(ones, 1);
            factors.put(norm.input(1), ones);
            Node conv = graph.producer(norm.input(0));
            if (conv != null && conv.is("Conv")) {
                factors.put(conv.input(1), factor);
            }
        }
        return factors;
    }
}
