package io.millrace.svd.method;

import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.Layer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One way to decompose a layer: by which method, at which ranks, into which chain of thin layers.
 *
 * @param ranks of the method: one of a pair of factors and of CP, two of Tucker (of outputs, then of inputs)
 */
public record Cut(String method, int[] ranks, List<Form> forms) {

    /** Compressed cost / original cost. */
    public double ratio(Layer layer) {
        return (double) layer.macs(forms) / layer.macs();
    }

    /** For people: {@code 16}, {@code 24 x 12}. */
    public String rank() {
        return Arrays.stream(ranks).mapToObj(Integer::toString).collect(Collectors.joining(" x "));
    }
}
