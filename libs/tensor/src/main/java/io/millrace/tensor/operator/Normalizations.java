package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.Libtorch;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Normalizations over the batch, a layer, an instance, groups of channels, or neighbouring channels. */
final class Normalizations {
    private Normalizations() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("BatchNormalization", Normalizations::batch);
        table.put("LayerNormalization", Normalizations::layer);
        table.put("InstanceNormalization", node -> {
            double epsilon = node.real("epsilon", 1e-5);
            return of(in -> torch.instance_norm(
                    in[0],
                    given(in, 1),
                    given(in, 2),
                    new TensorOptional(),
                    new TensorOptional(),
                    true,
                    0,
                    epsilon,
                    false));
        });
        table.put("GroupNormalization", Normalizations::group);
        table.put("LpNormalization", node -> {
            long axis = node.integer("axis", -1);
            Scalar p = new Scalar(node.integer("p", 2));
            return of(in -> {
                Tensor norm = in[0].norm(new ScalarOptional(p), new long[] {axis}, true);
                // A row of zeros stays one.
                return in[0].div(norm.masked_fill(norm.eq(new Scalar(0)), new Scalar(1)));
            });
        });
        table.put("LRN", Normalizations::localResponse);
    }

    /**
     * While training, normalizes by the batch and lets the running statistics (inputs 3 and 4) follow, in place. ONNX
     * counts momentum as the part kept, libtorch as the part renewed. A batch of a single value per channel has no
     * variance and is normalized by the running statistics.
     */
    private static NativeOperation batch(NodeSpec node) {
        node.refuse(
                node.integer("training_mode", 0) != 0, "training_mode=1 in the file; export the network in eval mode");
        node.onlyOutputs(1);
        double epsilon = node.real("epsilon", 1e-5);
        double renewed = 1 - node.real("momentum", 0.9);
        return (in, training) -> {
            boolean byBatch = training && in[0].numel() > in[0].size(1);
            return new Tensor[] {
                torch.batch_norm(
                        in[0], given(in, 1), given(in, 2), given(in, 3), given(in, 4), byBatch, renewed, epsilon, false)
            };
        };
    }

    private static NativeOperation layer(NodeSpec node) {
        long axis = node.integer("axis", -1);
        double epsilon = node.real("epsilon", 1e-5);
        node.onlyOutputs(1);
        return of(in -> {
            long[] dims = Libtorch.dims(in[0]);
            long[] normalized = Arrays.copyOfRange(dims, NodeSpec.axis(axis, dims.length), dims.length);
            return torch.layer_norm(in[0], normalized, given(in, 1), given(in, 2), epsilon, false);
        });
    }

    /** Scale and bias are per group before opset 21, per channel from then on. */
    private static NativeOperation group(NodeSpec node) {
        long groups = node.integer("num_groups", 1);
        double epsilon = node.real("epsilon", 1e-5);
        return of(in -> {
            long channels = in[0].size(1);
            return torch.group_norm(
                    in[0],
                    groups,
                    new TensorOptional(perChannel(in[1], channels)),
                    new TensorOptional(perChannel(in[2], channels)),
                    epsilon,
                    false);
        });
    }

    private static Tensor perChannel(Tensor values, long channels) {
        return values.numel() == channels
                ? values
                : values.unsqueeze(1)
                        .expand(values.numel(), channels / values.numel())
                        .reshape(channels);
    }

    private static NativeOperation localResponse(NodeSpec node) {
        long size = node.integer("size", 1);
        Scalar alpha = new Scalar(node.real("alpha", 1e-4));
        Scalar beta = new Scalar(-node.real("beta", 0.75));
        Scalar bias = new Scalar(node.real("bias", 1));
        Scalar zero = new Scalar(0.0);
        return of(in -> {
            long rank = in[0].dim();
            long[] pads = new long[(int) (2 * (rank - 1))];
            pads[pads.length - 2] = (size - 1) / 2;
            pads[pads.length - 1] = size - 1 - (size - 1) / 2;
            Tensor padded = torch.constant_pad_nd(in[0].square(), pads, zero);
            Tensor neighbours = padded.unfold(1, size, 1).mean(new long[] {-1}, false, null);
            return in[0].mul(neighbours.mul(alpha).add(bias).pow(beta));
        });
    }

    private static TensorOptional given(Tensor[] in, int i) {
        return i < in.length && in[i] != null ? new TensorOptional(in[i]) : new TensorOptional();
    }
}
