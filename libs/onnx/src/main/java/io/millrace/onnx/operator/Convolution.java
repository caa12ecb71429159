package io.millrace.onnx.operator;

import io.millrace.onnx.cost.Sizes;

/** Convolutions, also in integers and fused with what follows. */
final class Convolution {
    private Convolution() {}

    static void declare() {
        Operators.standard("Conv").weights(1).biases(2).macs(sizes -> perOutput(sizes, 1));
        Operators.standard("DeformConv").weights(1).biases(3).macs(sizes -> perOutput(sizes, 1));
        Operators.standard("ConvTranspose").weights(1).biases(2).macs(Convolution::perInput);
        Operators.standard("ConvInteger").weights(1).integers(1).macs(sizes -> perOutput(sizes, 1));
        Operators.standard("QLinearConv")
                .weights(3)
                .biases(8)
                .integers(3, 8)
                .scales(1, 4, 6)
                .macs(sizes -> perOutput(sizes, 3));
        Operators.runtime("FusedConv").weights(1).biases(2).macs(sizes -> perOutput(sizes, 1));
    }

    /** Each output is a sum over the kernel and the channels of its group: {@code [M, C/group, kernel...]}. */
    private static long perOutput(Sizes sizes, int weight) {
        return Math.multiplyExact(Sizes.product(sizes.outputSample(), 0), Sizes.product(sizes.input(weight), 1));
    }

    /** Each input is spread over the kernel and the channels of its group: {@code [C, M/group, kernel...]}. */
    private static long perInput(Sizes sizes) {
        return Math.multiplyExact(Sizes.product(sizes.inputSample(0, 0), 0), Sizes.product(sizes.input(1), 1));
    }
}
