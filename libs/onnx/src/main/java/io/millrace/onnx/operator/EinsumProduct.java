package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.cost.Sizes;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Products of whatever an equation says. */
final class EinsumProduct {
    private EinsumProduct() {}

    static void declare() {
        Operators.standard("Einsum")
                .shape(EinsumProduct::shape)
                .channels(EinsumProduct::follow)
                .zeroIf(site -> ProductFlow.keepsZero(site, map(site)))
                .weights(1, 0, 2, 3)
                .macs(EinsumProduct::macs);
    }

    private static AxisMap map(Node node, int... ranks) {
        return AxisMap.einsum(node.stringAttribute("equation", ""), ranks);
    }

    private static AxisMap map(NodeView site) {
        return map(
                site.node(), IntStream.range(0, site.inputs()).map(site::rank).toArray());
    }

    private static void shape(Call call) {
        List<List<Dim>> operands = new ArrayList<>();
        for (int i = 0; i < call.node().inputs().size(); i++) {
            operands.add(call.in(i).dims());
        }
        AxisMap map = map(call.node(), operands.stream().mapToInt(List::size).toArray());
        call.out(call.in(0).type(), map.resultDims(call, operands));
    }

    private static void follow(Site site) {
        ProductFlow.follow(site, map(site));
    }

    private static long macs(Sizes sizes) {
        List<long[]> operands = new ArrayList<>();
        IntStream.range(0, sizes.node().inputs().size()).forEach(i -> operands.add(sizes.input(i)));
        AxisMap map = map(
                sizes.node(), operands.stream().mapToInt(dims -> dims.length).toArray());
        return map.macs(operands, sizes.outputSample());
    }
}
