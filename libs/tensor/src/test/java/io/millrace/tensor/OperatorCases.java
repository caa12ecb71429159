package io.millrace.tensor;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.util.stream.Stream;

/** Every operator of the table, in the forms that exports use. */
final class OperatorCases {
    private OperatorCases() {}

    private static OneNode of(String op, long opset) {
        return OneNode.of(op, opset);
    }

    static Stream<OneNode> all() {
        return Stream.of(
                        convolutions(),
                        transposed(),
                        products(),
                        normalizations(),
                        arithmetic(),
                        comparisons(),
                        activations(),
                        pooling(),
                        reductions(),
                        shaping(),
                        selections(),
                        resizing())
                .flatMap(s -> s);
    }

    private static Stream<OneNode> convolutions() {
        return Stream.of(
                of("Conv", 17)
                        .x(2, 3, 8, 8)
                        .w(4, 3, 3, 3)
                        .w(4)
                        .ints("kernel_shape", 3, 3)
                        .ints("pads", 1, 1, 1, 1),
                of("Conv", 11).x(2, 3, 8, 8).w(4, 3, 3, 3).ints("strides", 2, 2).ints("pads", 1, 1, 1, 1),
                of("Conv", 17)
                        .x(2, 3, 9, 8)
                        .w(4, 3, 3, 1)
                        .w(4)
                        .ints("strides", 2, 1)
                        .ints("pads", 1, 0, 1, 0),
                of("Conv", 17).x(2, 4, 8, 8).w(6, 2, 3, 3).w(6).with("group", 2),
                of("Conv", 17).x(2, 4, 8, 8).w(4, 1, 3, 3).w(4).with("group", 4).ints("pads", 1, 1, 1, 1),
                of("Conv", 17)
                        .x(1, 2, 9, 9)
                        .w(3, 2, 3, 3)
                        .ints("dilations", 2, 2)
                        .ints("pads", 2, 2, 2, 2),
                of("Conv", 17)
                        .x(1, 2, 7, 7)
                        .w(3, 2, 3, 3)
                        .w(3)
                        .ints("pads", 0, 1, 2, 1)
                        .ints("strides", 2, 2),
                of("Conv", 17)
                        .x(1, 2, 7, 8)
                        .w(3, 2, 3, 3)
                        .with("auto_pad", "SAME_UPPER")
                        .ints("strides", 2, 2),
                of("Conv", 17)
                        .x(1, 2, 7, 8)
                        .w(3, 2, 4, 4)
                        .with("auto_pad", "SAME_LOWER")
                        .ints("strides", 2, 2),
                of("Conv", 17).x(1, 2, 7, 8).w(3, 2, 3, 3).with("auto_pad", "VALID"),
                of("Conv", 17).x(2, 3, 12).w(4, 3, 5).w(4).ints("pads", 2, 2).ints("strides", 2),
                of("Conv", 17).x(1, 2, 4, 5, 6).w(3, 2, 3, 3, 3).w(3).ints("pads", 1, 1, 1, 1, 1, 1));
    }

    private static Stream<OneNode> transposed() {
        return Stream.of(
                of("ConvTranspose", 17).x(1, 3, 4, 4).w(3, 2, 3, 3).w(2).ints("strides", 2, 2),
                of("ConvTranspose", 17)
                        .x(1, 3, 4, 4)
                        .w(3, 2, 3, 3)
                        .w(2)
                        .ints("strides", 2, 2)
                        .ints("pads", 1, 1, 1, 1)
                        .ints("output_padding", 1, 1),
                of("ConvTranspose", 17)
                        .x(1, 3, 4, 4)
                        .w(3, 2, 3, 3)
                        .w(2)
                        .ints("strides", 2, 2)
                        .ints("pads", 0, 1, 2, 0)
                        .ints("output_padding", 1, 1),
                of("ConvTranspose", 17)
                        .x(1, 4, 4, 4)
                        .w(4, 2, 2, 2)
                        .with("group", 2)
                        .ints("strides", 2, 2),
                of("ConvTranspose", 17)
                        .x(1, 3, 4, 4)
                        .w(3, 2, 3, 3)
                        .ints("strides", 2, 2)
                        .with("auto_pad", "SAME_UPPER"),
                of("ConvTranspose", 17)
                        .x(1, 3, 4, 4)
                        .w(3, 2, 3, 3)
                        .ints("strides", 2, 2)
                        .ints("output_shape", 8, 8),
                of("ConvTranspose", 17)
                        .x(1, 3, 6)
                        .w(3, 2, 4)
                        .w(2)
                        .ints("strides", 2)
                        .ints("pads", 1, 1));
    }

    private static Stream<OneNode> products() {
        return Stream.of(
                of("Gemm", 17).x(4, 5).w(3, 5).w(3).with("transB", 1),
                of("Gemm", 11).x(4, 5).w(5, 3).w(3),
                of("Gemm", 17)
                        .x(5, 4)
                        .w(5, 3)
                        .w(4, 3)
                        .with("transA", 1)
                        .with("alpha", 0.5f)
                        .with("beta", 2f),
                of("Gemm", 17).x(4, 5).w(5, 3),
                of("Gemm", 17).x(4, 5).w(3, 5).number(0.7f).with("transB", 1),
                of("MatMul", 17).x(4, 5).w(5, 3),
                of("MatMul", 17).x(2, 3, 4, 5).x(2, 3, 5, 6),
                of("MatMul", 17).x(2, 4, 5).w(5, 3),
                of("MatMul", 17).x(5).w(5, 3),
                of("Einsum", 17).x(2, 3, 4).x(2, 4, 5).with("equation", "bij,bjk->bik"));
    }

    private static OneNode batchNorm(long opset, long... dims) {
        long c = dims[1];
        return of("BatchNormalization", opset).x(dims).w(c).w(c).w(c).weight(spread((int) c));
    }

    private static Tensor spread(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 0.5f + i * 0.3f;
        }
        return Tensor.ofFloats(values, count);
    }

    private static Stream<OneNode> normalizations() {
        return Stream.of(
                batchNorm(9, 2, 3, 4, 4),
                batchNorm(17, 2, 3, 4, 4).with("epsilon", 1e-3f).with("momentum", 0.99f),
                batchNorm(17, 4, 6),
                batchNorm(15, 2, 3, 8),
                of("LayerNormalization", 17).x(2, 4, 6).w(6).w(6),
                of("LayerNormalization", 17).x(2, 4, 6).w(4, 6).with("axis", 1).with("epsilon", 1e-3f),
                of("InstanceNormalization", 17).x(2, 3, 5, 5).w(3).w(3),
                of("GroupNormalization", 21).x(2, 6, 4, 4).w(6).w(6).with("num_groups", 3),
                of("GroupNormalization", 18).x(2, 6, 4, 4).w(3).w(3).with("num_groups", 3),
                of("LpNormalization", 17).x(2, 5).with("axis", 1),
                of("LRN", 17)
                        .x(2, 6, 3, 3)
                        .with("size", 5)
                        .with("alpha", 0.1f)
                        .with("beta", 0.75f)
                        .with("bias", 2f),
                of("LRN", 17).x(2, 6, 3, 3).with("size", 3));
    }

    private static Stream<OneNode> arithmetic() {
        return Stream.of(
                of("Add", 17).x(2, 3, 4).x(3, 1),
                of("Sub", 17).x(2, 3).x(2, 3),
                of("Mul", 17).x(2, 3, 4, 4).x(2, 3, 1, 1),
                of("Div", 17).x(2, 3).positive(2, 3),
                of("Div", 17)
                        .input(Tensor.ofLongs(new long[] {7, -7, 9}, 3))
                        .longs(2, 2, 4)
                        .noGradient(),
                of("Pow", 17).positive(2, 3).number(3),
                of("Pow", 17).positive(2, 3).positive(2, 3),
                of("Mod", 17)
                        .input(Tensor.ofLongs(new long[] {7, -7, 9}, 3))
                        .longs(3, 3, 3)
                        .noGradient(),
                of("Mod", 17).x(5).positive(5).with("fmod", 1).noGradient(),
                of("Min", 17).x(3, 4).x(4).x(3, 1),
                of("Max", 17).x(3, 4).x(3, 4),
                of("Sum", 17).x(3, 4).x(4).x(3, 4),
                of("Mean", 17).x(3, 4).x(3, 4).x(3, 4),
                of("Sqrt", 17).positive(3, 4),
                of("Exp", 17).x(3, 4),
                of("Log", 17).positive(3, 4),
                of("Neg", 17).x(3, 4),
                of("Abs", 17).x(3, 4),
                of("Erf", 17).x(3, 4),
                of("Reciprocal", 17).positive(3, 4),
                of("Floor", 17).x(3, 4).noGradient(),
                of("Ceil", 17).x(3, 4).noGradient(),
                of("Round", 17).x(3, 4).noGradient(),
                of("Sign", 17).x(3, 4).noGradient(),
                of("Sin", 17).x(3, 4),
                of("Cos", 17).x(3, 4),
                of("Atan", 17).x(3, 4),
                of("Identity", 17).x(3, 4));
    }

    private static Tensor bools(int... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length);
        for (int value : values) {
            data.put((byte) value);
        }
        return Tensor.of(ElementType.BOOL, data.flip(), values.length);
    }

    private static Stream<OneNode> comparisons() {
        return Stream.of(
                of("Equal", 17)
                        .longs(1, 2, 3)
                        .input(Tensor.ofLongs(new long[] {1, 5, 3}, 3))
                        .noGradient(),
                of("Less", 17).x(3, 4).x(3, 4).noGradient(),
                of("LessOrEqual", 17).x(3, 4).x(3, 4).noGradient(),
                of("Greater", 17).x(3, 4).x(3, 4).noGradient(),
                of("GreaterOrEqual", 17).x(3, 4).x(3, 4).noGradient(),
                of("And", 17).input(bools(0, 1, 1)).input(bools(1, 0, 1)).noGradient(),
                of("Or", 17).input(bools(0, 1, 0)).input(bools(1, 0, 0)).noGradient(),
                of("Xor", 17).input(bools(0, 1, 1)).input(bools(1, 0, 1)).noGradient(),
                of("Not", 17).input(bools(0, 1, 1)).noGradient(),
                of("IsNaN", 17).x(3).noGradient(),
                of("Where", 17).input(bools(0, 1, 1, 0)).x(3, 4).x(3, 4),
                of("Cast", 17).x(3, 4).with("to", ElementType.INT64.code()).noGradient(),
                of("Cast", 17)
                        .input(Tensor.ofLongs(new long[] {1, -2}, 2))
                        .with("to", ElementType.FLOAT.code())
                        .noGradient(),
                of("CastLike", 17).x(3, 4).longs(1).noGradient());
    }

    private static Stream<OneNode> activations() {
        return Stream.of(
                of("Relu", 17).x(3, 4),
                of("LeakyRelu", 17).x(3, 4).with("alpha", 0.2f),
                of("PRelu", 17).x(2, 3, 4, 4).w(3, 1, 1),
                of("PRelu", 17).x(2, 3, 4, 4).w(1),
                of("Sigmoid", 17).x(3, 4),
                of("Tanh", 17).x(3, 4),
                of("HardSigmoid", 17).x(3, 14),
                of("HardSigmoid", 17).x(3, 14).with("alpha", 0.16666667f),
                of("HardSwish", 17).x(3, 14),
                of("Mish", 18).x(3, 4),
                of("Softplus", 17).x(3, 4),
                of("Softsign", 17).x(3, 4),
                of("ThresholdedRelu", 17).x(3, 4).with("alpha", 0.5f),
                of("Elu", 17).x(3, 4).with("alpha", 0.7f),
                of("Celu", 17).x(3, 4).with("alpha", 0.7f).singlePrecisionOnly(),
                of("Selu", 17).x(3, 4),
                of("Gelu", 20).x(3, 4),
                of("Gelu", 20).x(3, 4).with("approximate", "tanh"),
                of("Clip", 17).x(3, 14).number(-0.5f).number(0.8f),
                of("Clip", 17).x(3, 14).number(0f).number(6f),
                of("Clip", 17).x(3, 14).none().number(0.8f),
                of("Clip", 17).x(3, 14).input(Tensor.scalar(-0.3f).reshape()),
                of("Clip", 10).x(3, 14).with("min", -0.5f).with("max", 0.5f),
                of("Softmax", 13).x(2, 3, 4),
                of("Softmax", 13).x(2, 3, 4).with("axis", 1),
                of("Softmax", 11).x(2, 3, 4),
                of("LogSoftmax", 13).x(2, 5),
                of("LogSoftmax", 11).x(2, 3, 4).with("axis", -1),
                of("Dropout", 17).x(3, 4).number(0.4f),
                of("Dropout", 11).x(3, 4).with("ratio", 0.4f));
    }

    private static Stream<OneNode> pooling() {
        return Stream.of(
                of("MaxPool", 17).x(2, 3, 8, 8).ints("kernel_shape", 2, 2).ints("strides", 2, 2),
                of("MaxPool", 17)
                        .x(2, 3, 7, 7)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .ints("pads", 1, 1, 1, 1),
                of("MaxPool", 17)
                        .x(2, 3, 7, 7)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .ints("pads", 0, 0, 1, 1),
                of("MaxPool", 17)
                        .x(2, 3, 8, 8)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .with("ceil_mode", 1),
                of("MaxPool", 17).x(1, 2, 9, 9).ints("kernel_shape", 2, 2).ints("dilations", 2, 2),
                of("MaxPool", 17)
                        .x(1, 2, 7, 8)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .with("auto_pad", "SAME_UPPER"),
                of("MaxPool", 17).x(1, 2, 9).ints("kernel_shape", 3).ints("strides", 2),
                of("MaxPool", 17).x(1, 2, 4, 4, 4).ints("kernel_shape", 2, 2, 2).ints("strides", 2, 2, 2),
                of("AveragePool", 17).x(2, 3, 8, 8).ints("kernel_shape", 2, 2).ints("strides", 2, 2),
                of("AveragePool", 17)
                        .x(2, 3, 7, 7)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .ints("pads", 1, 1, 1, 1),
                of("AveragePool", 17)
                        .x(2, 3, 7, 7)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .ints("pads", 1, 1, 1, 1)
                        .with("count_include_pad", 1),
                of("AveragePool", 17).x(2, 3, 7, 7).ints("kernel_shape", 3, 3).ints("pads", 0, 1, 1, 0),
                of("AveragePool", 17)
                        .x(2, 3, 7, 7)
                        .ints("kernel_shape", 3, 3)
                        .ints("pads", 0, 1, 1, 0)
                        .with("count_include_pad", 1),
                of("AveragePool", 19)
                        .x(2, 3, 8, 8)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .with("ceil_mode", 1),
                of("AveragePool", 19)
                        .x(2, 3, 8, 8)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .ints("pads", 1, 1, 1, 1)
                        .with("ceil_mode", 1)
                        .with("count_include_pad", 1),
                of("AveragePool", 17)
                        .x(1, 2, 7, 8)
                        .ints("kernel_shape", 3, 3)
                        .ints("strides", 2, 2)
                        .with("auto_pad", "SAME_LOWER"),
                of("AveragePool", 17).x(1, 2, 9).ints("kernel_shape", 3).ints("strides", 2),
                of("GlobalAveragePool", 17).x(2, 3, 5, 4),
                of("GlobalAveragePool", 17).x(2, 3, 5),
                of("GlobalMaxPool", 17).x(2, 3, 5, 4));
    }

    private static Stream<OneNode> reductions() {
        return Stream.of(
                of("ReduceMean", 11).x(2, 3, 4, 4).ints("axes", 2, 3),
                of("ReduceMean", 18).x(2, 3, 4, 4).longs(-1, -2).with("keepdims", 0),
                of("ReduceMean", 18).x(2, 3),
                of("ReduceMean", 18).x(2, 3).with("noop_with_empty_axes", 1),
                of("ReduceSum", 13).x(2, 3, 4).longs(1),
                of("ReduceSum", 11).x(2, 3, 4).ints("axes", -1).with("keepdims", 0),
                of("ReduceMax", 18).x(2, 3, 4).longs(1, 2),
                of("ReduceMin", 13).x(2, 3, 4).ints("axes", 1),
                of("ReduceProd", 13).x(2, 3, 4).ints("axes", 1, 2).with("keepdims", 0),
                of("ReduceL1", 13).x(2, 3, 4).ints("axes", 1),
                of("ReduceL2", 13).x(2, 3, 4).ints("axes", 1),
                of("ReduceSumSquare", 13).x(2, 3, 4).ints("axes", 1),
                of("ReduceLogSum", 13).positive(2, 3, 4).ints("axes", 1),
                of("ReduceLogSumExp", 13).x(2, 3, 4).ints("axes", 1),
                of("ArgMax", 13).x(2, 5).with("axis", 1).noGradient(),
                of("ArgMin", 13).x(2, 5).with("axis", 1).with("keepdims", 0).noGradient(),
                of("CumSum", 14).x(2, 5).weight(Tensor.ofLongs(new long[] {1})));
    }

    private static Stream<OneNode> shaping() {
        return Stream.of(
                of("Reshape", 17).x(2, 3, 4).longs(0, -1),
                of("Reshape", 17).x(2, 3, 4).input(Tensor.ofLongs(new long[] {4, 6}, 2)),
                of("Flatten", 17).x(2, 3, 4),
                of("Flatten", 17).x(2, 3, 4).with("axis", -1),
                of("Flatten", 17).x(2, 3, 4).with("axis", 0),
                of("Transpose", 17).x(2, 3, 4).ints("perm", 0, 2, 1),
                of("Transpose", 17).x(2, 3, 4),
                of("Squeeze", 13).x(2, 1, 3, 1).longs(1, -1),
                of("Squeeze", 11).x(2, 1, 3, 1).ints("axes", 3),
                of("Squeeze", 13).x(2, 1, 3, 1),
                of("Unsqueeze", 13).x(2, 3).longs(0, -1),
                of("Unsqueeze", 11).x(2, 3).ints("axes", 1, 2),
                of("Expand", 17).x(3, 1).longs(2, 1, 4),
                of("Tile", 17).x(2, 3).longs(2, 2),
                of("DepthToSpace", 17).x(2, 8, 3, 3).with("blocksize", 2),
                of("DepthToSpace", 17).x(2, 8, 3, 3).with("blocksize", 2).with("mode", "CRD"),
                of("SpaceToDepth", 17).x(2, 2, 6, 4).with("blocksize", 2),
                of("Shape", 17).x(2, 3, 4).noGradient(),
                of("Shape", 17).x(2, 3, 4).with("start", 1).with("end", -1).noGradient(),
                of("Size", 17).x(2, 3, 4).noGradient(),
                of("ConstantOfShape", 17)
                        .input(Tensor.ofLongs(new long[] {2, 3}, 2))
                        .noGradient(),
                of("Range", 17)
                        .input(Tensor.ofLongs(new long[] {1}))
                        .weight(Tensor.ofLongs(new long[] {9}))
                        .weight(Tensor.ofLongs(new long[] {2}))
                        .noGradient());
    }

    private static Stream<OneNode> selections() {
        return Stream.of(
                of("Concat", 17).x(2, 3, 4).x(2, 5, 4).with("axis", 1),
                of("Concat", 17).x(2, 3).x(2, 3).x(2, 3).with("axis", -1),
                of("Split", 13).x(2, 6).longs(2, 4).with("axis", 1).outputs(2),
                of("Split", 11).x(2, 6).ints("split", 4, 2).with("axis", -1).outputs(2),
                of("Split", 13).x(2, 6).with("axis", 1).outputs(3),
                of("Split", 18).x(2, 7).with("axis", 1).with("num_outputs", 2).outputs(2),
                of("Slice", 13).x(4, 6).longs(1).longs(3).longs(0),
                of("Slice", 13).x(4, 6).longs(0, -3).longs(100, -1).longs(0, 1),
                of("Slice", 13).x(4, 6).longs(0).longs(6).longs(1).longs(2),
                of("Slice", 13).x(4, 6).longs(-1).longs(-100).longs(1).longs(-1),
                of("Slice", 13).x(4, 6).longs(4).longs(0).longs(-1).longs(-2),
                of("Slice", 9).x(4, 6).ints("starts", 1).ints("ends", 4).ints("axes", 1),
                of("TopK", 17).x(3, 6).longs(2).outputs(2).noGradient(),
                of("TopK", 17)
                        .x(3, 6)
                        .longs(2)
                        .with("axis", 0)
                        .with("largest", 0)
                        .outputs(2)
                        .noGradient(),
                of("Gather", 17).x(4, 6).longs(0, 2, -1).with("axis", 1),
                of("Gather", 17).x(4, 6).weight(Tensor.ofLongs(new long[] {1})),
                of("Gather", 17)
                        .x(4, 6)
                        .weight(Tensor.ofLongs(new long[] {0, 1, 2, 3}, 2, 2))
                        .with("axis", 1),
                of("GatherElements", 17)
                        .x(2, 3)
                        .weight(Tensor.ofLongs(new long[] {0, 2, 1, 1}, 2, 2))
                        .with("axis", 1),
                of("Pad", 17).x(2, 3, 4).longs(0, 1, 0, 0, 0, 2),
                of("Pad", 17).x(2, 3, 4).longs(0, 0, -1, 0, 0, 1).number(0.5f),
                of("Pad", 17).x(1, 2, 4, 4).longs(0, 0, 1, 2, 0, 0, 1, 1).with("mode", "reflect"),
                of("Pad", 17).x(1, 2, 4, 4).longs(0, 0, 1, 2, 0, 0, 1, 1).with("mode", "edge"),
                of("Pad", 18).x(2, 3, 4).longs(1, 2).none().longs(2),
                of("Pad", 10).x(2, 3).ints("pads", 0, 1, 1, 0).with("value", 2f),
                of("Trilu", 17).x(4, 4).with("upper", 0));
    }

    private static Tensor floats(float... values) {
        return Tensor.ofFloats(values, values.length);
    }

    private static Stream<OneNode> resizing() {
        return Stream.of(
                of("Resize", 13)
                        .x(1, 2, 4, 4)
                        .none()
                        .setting(floats(1, 1, 2, 2))
                        .with("coordinate_transformation_mode", "asymmetric")
                        .with("nearest_mode", "floor"),
                of("Resize", 13).x(1, 2, 4, 5).none().setting(floats(1, 1, 2, 3)),
                of("Resize", 13)
                        .x(1, 2, 4, 4)
                        .none()
                        .none()
                        .longs(1, 2, 7, 6)
                        .with("nearest_mode", "round_prefer_ceil"),
                of("Resize", 13)
                        .x(1, 2, 4, 4)
                        .none()
                        .setting(floats(1, 1, 2, 2))
                        .with("mode", "linear"),
                of("Resize", 13)
                        .x(1, 2, 5, 6)
                        .none()
                        .none()
                        .longs(1, 2, 3, 4)
                        .with("mode", "linear")
                        .with("coordinate_transformation_mode", "pytorch_half_pixel"),
                of("Resize", 13)
                        .x(1, 2, 4, 4)
                        .none()
                        .none()
                        .longs(1, 2, 7, 9)
                        .with("mode", "linear")
                        .with("coordinate_transformation_mode", "align_corners"),
                of("Resize", 13)
                        .x(1, 2, 4, 4)
                        .none()
                        .setting(floats(1, 1, 2, 2))
                        .with("mode", "linear")
                        .with("coordinate_transformation_mode", "asymmetric"),
                of("Upsample", 9).x(1, 2, 3, 3).setting(floats(1, 1, 2, 2)));
    }
}
