package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.cost.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Products of matrices, of stacks of them, and of whatever an equation says. */
final class MatrixProduct {
    private MatrixProduct() {}

    static void declare() {
        Operators.standard("MatMul").weights(1, 0).macs(sizes -> macs(sizes, 0, 1));
        Operators.standard("Gemm").weights(1).biases(2).macs(sizes -> macs(sizes, 0, 1));
        Operators.standard("Einsum").weights(1, 0, 2, 3).macs(MatrixProduct::equation);
        Operators.standard("MatMulInteger").weights(1, 0).integers(1).macs(sizes -> macs(sizes, 0, 1));
        Operators.standard("QLinearMatMul")
                .weights(3)
                .integers(3, 8)
                .scales(1, 4, 6)
                .macs(sizes -> macs(sizes, 0, 3));
        Operators.runtime("FusedMatMul").weights(1, 0).macs(sizes -> macs(sizes, 0, 1));
        Operators.runtime("FusedGemm").weights(1).biases(2).macs(sizes -> macs(sizes, 0, 1));
        Operators.runtime("DynamicQuantizeMatMul")
                .weights(1)
                .biases(4)
                .integers(1)
                .scales(2)
                .macs(sizes -> macs(sizes, 0, 1));
        Operators.runtime("MatMulIntegerToFloat")
                .weights(1, 0)
                .biases(6)
                .integers(1)
                .scales(2, 3)
                .macs(sizes -> macs(sizes, 0, 1));
        Operators.runtime("MatMulNBits")
                .weights(1)
                .biases(5)
                .integers(1)
                .scales(2)
                .macs(MatrixProduct::packed);
    }

    private static boolean turned(Node node, String attribute) {
        return node.intAttribute(attribute, 0) != 0;
    }

    private static long macs(Sizes sizes, int left, int right) {
        Node node = sizes.node();
        long[] a = sizes.input(left);
        long[] b = sizes.input(right);
        AxisMap map = AxisMap.matrices(a.length, b.length, turned(node, "transA"), turned(node, "transB"));
        return map.macs(List.of(a, b), sizes.outputSample());
    }

    private static long equation(Sizes sizes) {
        List<long[]> operands = new ArrayList<>();
        IntStream.range(0, sizes.node().inputs().size()).forEach(i -> operands.add(sizes.input(i)));
        String equation = sizes.node().stringAttribute("equation", "");
        AxisMap map = AxisMap.einsum(
                equation, operands.stream().mapToInt(dims -> dims.length).toArray());
        return map.macs(operands, sizes.outputSample());
    }

    /** A weight {@code [N, K]} whose numbers are packed several to a byte. */
    private static long packed(Sizes sizes) {
        return Math.multiplyExact(
                Sizes.product(sizes.outputSample(), 0), sizes.node().intAttribute("K", 0));
    }
}
