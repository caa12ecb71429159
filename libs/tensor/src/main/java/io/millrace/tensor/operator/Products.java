package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.operator.NativeOperation.Mapping;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Matrix products. */
final class Products {
    private Products() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("MatMul", node -> of(in -> torch.matmul(in[0], in[1])));
        table.put("Gemm", Products::gemm);
        table.put("Einsum", node -> {
            String equation = node.text("equation", "").replace(" ", "");
            return of(in -> {
                try (TensorVector operands = new TensorVector(in)) {
                    return torch.einsum(equation, operands);
                }
            });
        });
    }

    private static NativeOperation gemm(NodeSpec node) {
        boolean transposeA = node.integer("transA", 0) != 0;
        boolean transposeB = node.integer("transB", 0) != 0;
        double alpha = node.real("alpha", 1);
        double beta = node.real("beta", 1);
        Scalar scaleProduct = new Scalar(alpha);
        Scalar scaleBias = new Scalar(beta);
        return of(in -> {
            Tensor a = transposeA ? in[0].t() : in[0];
            boolean biased = in.length > 2 && in[2] != null;
            if (biased && transposeB && alpha == 1 && beta == 1 && in[2].dim() == 1) {
                return torch.linear(a, in[1], in[2]);
            }
            Tensor product = torch.mm(a, transposeB ? in[1].t() : in[1]);
            if (alpha != 1) {
                product = product.mul(scaleProduct);
            }
            return biased ? product.add(in[2], scaleBias) : product;
        });
    }
}
