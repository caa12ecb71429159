package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.Elementwise.unary;
import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.Libtorch;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import java.util.Map;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The non-linear functions of networks. */
final class ActivationFunctions {
    private ActivationFunctions() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("Relu", unary(torch::relu));
        table.put("Sigmoid", unary(torch::sigmoid));
        table.put("Tanh", unary(torch::tanh));
        table.put("HardSwish", unary(torch::hardswish));
        table.put("Mish", unary(torch::mish));
        table.put("Softplus", unary(torch::softplus));
        table.put("Softsign", node -> of(in -> torch.div(in[0], torch.abs(in[0]).add(new Scalar(1.0)))));
        table.put("LeakyRelu", node -> {
            Scalar slope = new Scalar(node.real("alpha", 0.01));
            return of(in -> torch.leaky_relu(in[0], slope));
        });
        table.put(
                "PRelu",
                node -> of(
                        in -> torch.add(torch.relu(in[0]), torch.mul(torch.neg(torch.relu(torch.neg(in[0]))), in[1]))));
        table.put("ThresholdedRelu", node -> {
            Scalar alpha = new Scalar(node.real("alpha", 1));
            return of(in -> torch.threshold(in[0], alpha, new Scalar(0.0)));
        });
        table.put("Elu", node -> {
            Scalar alpha = new Scalar(node.real("alpha", 1));
            Scalar one = new Scalar(1.0);
            return of(in -> torch.elu(in[0], alpha, one, one));
        });
        table.put("Celu", node -> {
            Scalar alpha = new Scalar(node.real("alpha", 1));
            return of(in -> torch.celu(in[0], alpha));
        });
        table.put("Selu", node -> {
            Scalar alpha = new Scalar(node.real("alpha", 1.6732632));
            Scalar gamma = new Scalar(node.real("gamma", 1.050701));
            Scalar one = new Scalar(1.0);
            return of(in -> torch.elu(in[0], alpha, gamma, one));
        });
        table.put("HardSigmoid", node -> {
            Scalar alpha = new Scalar(node.real("alpha", 0.2));
            Scalar beta = new Scalar(node.real("beta", 0.5));
            ScalarOptional zero = new ScalarOptional(new Scalar(0.0));
            ScalarOptional one = new ScalarOptional(new Scalar(1.0));
            return of(in -> torch.clamp(in[0].mul(alpha).add(beta), zero, one));
        });
        table.put("Gelu", node -> {
            String approximate = node.text("approximate", "none");
            return of(in -> torch.gelu(in[0], approximate));
        });
        table.put("Clip", ActivationFunctions::clip);
        table.put("Softmax", node -> softmax(node, torch::softmax));
        table.put("LogSoftmax", node -> softmax(node, torch::log_softmax));
        table.put("Dropout", node -> {
            double ratio = node.opset() < 12 ? node.real("ratio", 0.5) : node.scalar(1, 0.5);
            node.onlyOutputs(1);
            boolean alwaysDrops = node.has(2)
                    && node.constant(2).map(flag -> flag.bytes().get(0) != 0).orElse(true);
            node.refuse(alwaysDrops && ratio != 0, "training_mode; export the network in eval mode");
            return (in, training) -> new Tensor[] {training ? torch.dropout(in[0], ratio, true) : in[0].alias()};
        });
    }

    private static NativeOperation clip(NodeSpec node) {
        boolean constant = (!node.has(1) || node.constant(1).isPresent())
                && (!node.has(2) || node.constant(2).isPresent());
        if (!constant) {
            return of(in -> torch.clamp(in[0], bound(in, 1), bound(in, 2)));
        }
        double low = node.opset() < 11 ? node.real("min", -Float.MAX_VALUE) : node.scalar(1, Double.NEGATIVE_INFINITY);
        double high = node.opset() < 11 ? node.real("max", Float.MAX_VALUE) : node.scalar(2, Double.POSITIVE_INFINITY);
        ScalarOptional min = bound(low);
        ScalarOptional max = bound(high);
        boolean free = !min.has_value() && !max.has_value();
        return of(in -> free ? in[0].alias() : torch.clamp(in[0], min, max));
    }

    /** Whole numbers are given as such, so that integer tensors stay integer. */
    private static ScalarOptional bound(double value) {
        if (Double.isInfinite(value)) {
            return new ScalarOptional();
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1L << 53;
        return new ScalarOptional(whole ? new Scalar((long) value) : new Scalar(value));
    }

    private static TensorOptional bound(Tensor[] in, int i) {
        return i < in.length && in[i] != null ? new TensorOptional(in[i]) : new TensorOptional();
    }

    /** Before opset 13 everything from the axis on is one dimension. */
    private static NativeOperation softmax(NodeSpec node, BiFunction<Tensor, Long, Tensor> function) {
        if (node.opset() >= 13) {
            long axis = node.integer("axis", -1);
            return of(in -> function.apply(in[0], axis));
        }
        long axis = node.integer("axis", 1);
        return of(in -> {
            Tensor flat = in[0].flatten(NodeSpec.axis(axis, in[0].dim()), -1);
            return function.apply(flat, -1L).reshape(Libtorch.dims(in[0]));
        });
    }
}
