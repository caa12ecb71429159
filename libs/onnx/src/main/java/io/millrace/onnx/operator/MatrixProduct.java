package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.channels.BroadcastOperand;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.cost.Sizes;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.UninferableException;
import java.util.ArrayList;
import java.util.List;

/** Products of matrices and of stacks of them, plain, in integers and fused with what follows. */
final class MatrixProduct {
    private MatrixProduct() {}

    static void declare() {
        product("MatMul", 1, null)
                .weights(1, 0)
                .quantization(QuantizationRule.of(Form.PRODUCT))
                .channels(ProductFlow::follow)
                .zeroIf(ProductFlow::keepsZero);
        product("Gemm", 1, null)
                .shape(MatrixProduct::gemmShape)
                .channels(MatrixProduct::followGemm)
                .zeroIf(site -> Zeros.madeByLayer(site, 2))
                .weights(1, 0)
                .biases(2)
                .quantization(QuantizationRule.of(Form.PRODUCT));
        product("MatMulInteger", 1, ElementType.INT32).weights(1, 0).integers(1);
        product("QLinearMatMul", 3, null)
                .shape(call -> shape(call, 3, call.in(7).type()))
                .weights(3)
                .integers(3, 8)
                .scales(1, 4, 6);
        runtime("FusedMatMul")
                .shape(MatrixProduct::fusedShape)
                .channels(ProductFlow::follow)
                .zeroIf(ProductFlow::keepsZero)
                .weights(1, 0);
        runtime("FusedGemm").shape(MatrixProduct::gemmShape).weights(1).biases(2);
        runtime("DynamicQuantizeMatMul").weights(1).biases(4).integers(1).scales(2);
        runtime("MatMulIntegerToFloat")
                .shape(call -> shape(call, 1, call.in(2).type()))
                .weights(1, 0)
                .biases(6)
                .integers(1)
                .scales(2, 3);
        Operators.runtime("MatMulNBits")
                .shape(MatrixProduct::packedShape)
                .weights(1)
                .biases(5)
                .integers(1)
                .scales(2)
                .macs(MatrixProduct::packed);
        Operators.standard("Det")
                .shape(call -> call.out(
                        call.in(0).type(),
                        call.in(0).dims().subList(0, call.in(0).rank() - 2)));
    }

    private static Operator product(String name, int right, ElementType type) {
        return Operators.standard(name)
                .outputAxis(MatrixProduct::outputAxis)
                .shape(call -> shape(call, right, type == null ? call.in(0).type() : type))
                .macs(sizes -> macs(sizes, right));
    }

    private static Operator runtime(String name) {
        return Operators.runtime(name)
                .outputAxis(MatrixProduct::outputAxis)
                .shape(call -> shape(call, 1, call.in(0).type()))
                .macs(sizes -> macs(sizes, 1));
    }

    private static AxisMap map(Node node, int leftRank, int rightRank) {
        return AxisMap.matrices(leftRank, rightRank, turned(node, "transA"), turned(node, "transB"));
    }

    private static boolean turned(Node node, String attribute) {
        return node.intAttribute(attribute, 0) != 0;
    }

    private static int outputAxis(Node node) {
        return turned(node, "transB") ? -2 : -1;
    }

    private static void shape(Call call, int right, ElementType type) {
        List<List<Dim>> operands = List.of(call.in(0).dims(), call.in(right).dims());
        AxisMap map = map(call.node(), operands.get(0).size(), operands.get(1).size());
        Call.same(
                operands.get(0).get(map.axis(0, AxisMap.SUMMED)),
                operands.get(1).get(map.axis(1, AxisMap.SUMMED)),
                "columns of the first and rows of the second matrix");
        call.out(type, map.resultDims(call, operands));
    }

    private static void fusedShape(Call call) {
        if (turned(call.node(), "transBatchA") || turned(call.node(), "transBatchB")) {
            throw new UninferableException("transposed batches of FusedMatMul are not known");
        }
        shape(call, 1, call.in(0).type());
    }

    private static void gemmShape(Call call) {
        Call.same(Dim.of(call.in(0).rank()), Dim.of(2), "axes of the first matrix, and 2,");
        Call.same(Dim.of(call.in(1).rank()), Dim.of(2), "axes of the second matrix, and 2,");
        shape(call, 1, call.in(0).type());
    }

    private static void packedShape(Call call) {
        List<Dim> dims = new ArrayList<>(call.in(0).dims());
        dims.set(dims.size() - 1, Dim.of(call.attribute("N", 0)));
        call.out(call.in(0).type(), dims);
    }

    private static void followGemm(Site site) {
        int inner = turned(site.node(), "transA") ? 0 : 1;
        int columns = turned(site.node(), "transB") ? 1 : 0;
        int[] in = site.claim(0, inner);
        int[] rows = site.claim(0, 1 - inner);
        int[] weight = site.claim(1, columns);
        int[] out = site.claim(1, 1 - columns);
        Summing.follow(site, in, 0, weight, 1);
        Layout result = Layout.ofAxes(rows, out);
        if (out != null && site.isStored(1)) {
            site.markRows(out);
        }
        if (site.has(2)) {
            site.markRows(2);
            result = site.unite(
                    2, List.of(new BroadcastOperand(result, site.outDims(0), site.name(0)), site.operand(2, 2)));
        }
        site.give(result);
        if (site.isStored(1)) {
            site.layer(out, in, 0);
        }
    }

    private static long macs(Sizes sizes, int right) {
        long[] a = sizes.input(0);
        long[] b = sizes.input(right);
        return map(sizes.node(), a.length, b.length).macs(List.of(a, b), sizes.outputSample());
    }

    /** A weight {@code [N, K]} whose numbers are packed several to a byte. */
    private static long packed(Sizes sizes) {
        return Math.multiplyExact(
                Sizes.product(sizes.outputSample(), 0), sizes.node().intAttribute("K", 0));
    }
}
