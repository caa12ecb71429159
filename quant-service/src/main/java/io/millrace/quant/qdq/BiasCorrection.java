package io.millrace.quant.qdq;

/**
 * Takes back the shift that rounding a layer's weight gives its output on average: b -= sum (Wq - W) E[x], with the mean
 * E[x] of each input channel as measured. Nagel et al., "Data-free quantization through weight equalization and bias
 * correction" (2019), section 4.2.
 */
final class BiasCorrection {
    private BiasCorrection() {}

    /**
     * The corrected bias.
     *
     * @param weight as it will be stored
     * @param means of the layer's input channels
     */
    static float[] correct(QuantizableLayer layer, IntegerWeight weight, double[] means) {
        float[] exact = layer.weight().floats();
        double[] shift = new double[layer.channels()];
        for (int i = 0; i < exact.length; i++) {
            shift[layer.outputChannel(i)] += ((double) weight.dequantized(i) - exact[i]) * means[layer.inputChannel(i)];
        }
        float[] bias =
                layer.bias() == null ? new float[shift.length] : layer.bias().clone();
        for (int c = 0; c < bias.length; c++) {
            bias[c] -= (float) shift[c];
        }
        return bias;
    }
}
