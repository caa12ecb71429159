package io.millrace.onnx.random;

/** A value of a random network: {@code [batch, channels, size, size]}. */
record Feature(String name, int channels, int size) {
    Feature as(String other) {
        return new Feature(other, channels, size);
    }

    Feature as(String other, int otherChannels) {
        return new Feature(other, otherChannels, size);
    }
}
