package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.onnx.ElementType;
import io.millrace.tensor.Libtorch;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Arithmetic, comparison and conversion, value by value with broadcasting. */
final class Elementwise {
    private static final Scalar ZERO = new Scalar(0.0);
    private static final Scalar ONE = new Scalar(1.0);

    private Elementwise() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("Add", binary(torch::add));
        table.put("Sub", binary(torch::sub));
        table.put("Mul", binary(torch::mul));
        table.put("Div", binary(Elementwise::divide));
        table.put("Pow", Elementwise::power);
        table.put(
                "Mod",
                node -> node.integer("fmod", 0) == 1
                        ? of(in -> torch.fmod(in[0], in[1]))
                        : of(in -> torch.remainder(in[0], in[1])));
        table.put("Min", variadic(torch::minimum));
        table.put("Max", variadic(torch::maximum));
        table.put("Sum", variadic(torch::add));
        table.put("Mean", node -> {
            NativeOperation sum = variadic(torch::add).prepare(node);
            Scalar count = new Scalar((double) node.node().inputs().size());
            return of(in -> torch.div(sum.run(in, false)[0], count));
        });

        table.put("Sqrt", unary(Elementwise::root));
        table.put("Exp", unary(torch::exp));
        table.put("Log", unary(torch::log));
        table.put("Neg", unary(torch::neg));
        table.put("Abs", unary(torch::abs));
        table.put("Erf", unary(torch::erf));
        table.put("Reciprocal", unary(torch::reciprocal));
        table.put("Floor", unary(torch::floor));
        table.put("Ceil", unary(torch::ceil));
        table.put("Round", unary(torch::round));
        table.put("Sign", unary(torch::sign));
        table.put("Sin", unary(torch::sin));
        table.put("Cos", unary(torch::cos));
        table.put("Atan", unary(torch::atan));

        table.put("Equal", binary(torch::eq));
        table.put("Less", binary(torch::lt));
        table.put("LessOrEqual", binary(torch::le));
        table.put("Greater", binary(torch::gt));
        table.put("GreaterOrEqual", binary(torch::ge));
        table.put("And", binary(torch::logical_and));
        table.put("Or", binary(torch::logical_or));
        table.put("Xor", binary(torch::logical_xor));
        table.put("Not", unary(torch::logical_not));
        table.put("IsNaN", unary(torch::isnan));
        table.put("Where", node -> of(in -> torch.where(in[0], in[1], in[2])));

        table.put("Cast", node -> {
            ScalarType type = Libtorch.scalarType(ElementType.of((int) node.integer("to", 0)));
            return of(in -> in[0].to(type));
        });
        table.put("CastLike", node -> of(in -> in[0].to(in[1].scalar_type())));
        table.put("Identity", node -> of(in -> in[0].alias()));
    }

    static Mapping unary(UnaryOperator<Tensor> function) {
        return node -> of(in -> function.apply(in[0]));
    }

    private static Mapping binary(BinaryOperator<Tensor> function) {
        return node -> of(in -> function.apply(in[0], in[1]));
    }

    private static Mapping variadic(BinaryOperator<Tensor> function) {
        return node -> of(in -> {
            Tensor result = in[0].alias();
            for (int i = 1; i < in.length; i++) {
                result = function.apply(result, in[i]);
            }
            return result;
        });
    }

    /**
     * At zero the slope is infinite, and times nothing it is no number: norms written out as a root of a sum of squares
     * would spoil all weights at the first row of zeros. Zero is taken as slope there, as libtorch's own norm does.
     */
    private static Tensor root(Tensor x) {
        if (!x.requires_grad()) {
            return torch.sqrt(x);
        }
        Tensor zero = x.eq(ZERO);
        return torch.sqrt(x.masked_fill(zero, ONE)).masked_fill(zero, ZERO);
    }

    private static NativeOperation power(NodeSpec node) {
        Optional<io.millrace.onnx.Tensor> constant = node.constant(1)
                .filter(exponent -> exponent.count() == 1 && exponent.type().isFloatingPoint());
        if (constant.isEmpty()) {
            return of(in -> power(in[0], in[1]).to(in[0].scalar_type()));
        }
        double exponent = constant.get().floats()[0];
        Scalar scalar = new Scalar(exponent);
        boolean steep = exponent > 0 && exponent < 1;
        return of(in -> {
            if (!in[0].is_floating_point() || in[1].dim() > in[0].dim()) {
                return power(in[0], in[1]).to(in[0].scalar_type());
            }
            if (!steep || !in[0].requires_grad()) {
                return torch.pow(in[0], scalar);
            }
            Tensor zero = in[0].eq(ZERO);
            return torch.pow(in[0].masked_fill(zero, ONE), scalar).masked_fill(zero, ZERO);
        });
    }

    /** As {@link #root} where the exponent is between 0 and 1. */
    private static Tensor power(Tensor base, Tensor exponent) {
        if (!base.requires_grad()) {
            return torch.pow(base, exponent);
        }
        Tensor steep = base.eq(ZERO).logical_and(exponent.gt(ZERO)).logical_and(exponent.lt(ONE));
        return torch.pow(torch.where(steep, torch.ones_like(base), base), exponent)
                .masked_fill(steep, ZERO);
    }

    /** Integers are divided towards zero. */
    private static Tensor divide(Tensor a, Tensor b) {
        if (a.is_floating_point()) {
            return torch.div(a, b);
        }
        return torch.trunc(torch.div(a.to(ScalarType.Double), b)).to(a.scalar_type());
    }
}
