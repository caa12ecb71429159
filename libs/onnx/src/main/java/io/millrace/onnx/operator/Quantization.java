package io.millrace.onnx.operator;

/** Operators between floats and integers that stand for them. */
final class Quantization {
    private Quantization() {}

    static void declare() {
        Operators.standard("QuantizeLinear").presents().scales(1);
        Operators.standard("DequantizeLinear").presents().integers(0).scales(1);
    }
}
