package io.millrace.svd.layer;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Puts a chain in the place of a layer. The last of the chain takes bias and scale. */
public final class Splice {
    private static final List<String> ALONG_AXES =
            List.of("strides", "dilations", "pads", "auto_pad", "output_padding");

    private final Layer layer;
    private final Patch patch;

    private Splice(Layer layer, Patch patch) {
        this.layer = layer;
        this.patch = patch;
    }

    /**
     * Does it.
     *
     * @param graph any copy of the one the layer was found in, as long as it still holds its nodes
     * @param step the method's name, the label of what is made
     */
    public static void apply(Graph graph, Layer layer, List<ChainLink> chain, String step) {
        Patch patch = Patch.of(graph, step);
        Splice splice = new Splice(layer, patch);
        List<String> weights = chain.stream().map(splice::store).toList();
        layer.nodes().forEach(node -> splice.replace(node, chain, weights));
        patch.apply();
    }

    private String store(ChainLink link) {
        String stem = layer.node().input(1) + "." + link.form().name();
        return patch.store(stem, tensor(link).as(layer.weight().type()));
    }

    /** The weight as the operator stores it. */
    private Tensor tensor(ChainLink link) {
        Form form = link.form();
        int taps = form.taps(layer);
        int in = form.inputs() / form.groups();
        int out = form.outputs() / form.groups();
        boolean outputsFirst = layer.kind() == Layer.Kind.CONVOLUTION;
        long[] dims = new long[layer.kind() == Layer.Kind.MATRIX ? 2 : 2 + layer.axes()];
        dims[0] = outputsFirst ? form.outputs() : form.inputs();
        dims[1] = outputsFirst ? in : out;
        for (int axis = 2; axis < dims.length; axis++) {
            dims[axis] = form.axes()[axis - 2] ? layer.kernel(axis - 2) : 1;
        }
        if (outputsFirst) {
            return Tensor.ofFloats(link.weight(), dims);
        }
        float[] turned = new float[link.weight().length];
        for (int g = 0; g < form.groups(); g++) {
            for (int o = 0; o < out; o++) {
                for (int i = 0; i < in; i++) {
                    for (int k = 0; k < taps; k++) {
                        turned[((g * in + i) * out + o) * taps + k] =
                                link.weight()[((g * out + o) * in + i) * taps + k];
                    }
                }
            }
        }
        return Tensor.ofFloats(turned, dims);
    }

    private void replace(Node node, List<ChainLink> chain, List<String> weights) {
        List<Node> made = new ArrayList<>();
        String value = node.input(0);
        for (int i = 0; i < chain.size(); i++) {
            boolean last = i == chain.size() - 1;
            Form form = chain.get(i).form();
            Node thin = node.withName(node.label() + "/" + form.name());
            if (last) {
                thin = thin.withInput(0, value).withInput(1, weights.get(i));
            } else {
                thin = thin.withInputs(List.of(value, weights.get(i)));
                value = patch.name(node.output(0) + "_" + form.name());
                thin = thin.withOutputs(List.of(value));
            }
            made.add(layer.kind() == Layer.Kind.MATRIX ? product(thin, i == 0, last) : convolution(thin, form));
        }
        patch.replace(node, made);
    }

    private static Node product(Node node, boolean first, boolean last) {
        Node plain = node.without("transB");
        plain = first ? plain : plain.without("transA");
        return last ? plain : plain.without("alpha").without("beta");
    }

    /** Leaves of kernel, stride, dilation and padding what belongs to the axes of a form. */
    private Node convolution(Node node, Form form) {
        Node thin = form.groups() == 1 ? node.without("group") : node.with("group", form.groups());
        thin = thin.with("kernel_shape", along(form, kernel(), 1));
        boolean any = false;
        for (boolean taken : form.axes()) {
            any |= taken;
        }
        if (!any) {
            for (String attribute : ALONG_AXES) {
                thin = thin.without(attribute);
            }
            return thin;
        }
        for (String attribute : List.of("strides", "dilations", "pads", "output_padding")) {
            long[] values = node.intsAttribute(attribute);
            if (values.length > 0) {
                long neutral = attribute.equals("strides") || attribute.equals("dilations") ? 1 : 0;
                thin = thin.with(attribute, along(form, values, neutral));
            }
        }
        boolean automatic = !node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET");
        return automatic ? thin.without("pads") : thin;
    }

    /** The values at the axes of a form, a neutral one elsewhere; pads are twice as many as axes. */
    private static long[] along(Form form, long[] values, long neutral) {
        long[] kept = values.clone();
        for (int i = 0; i < kept.length; i++) {
            kept[i] = form.axes()[i % form.axes().length] ? kept[i] : neutral;
        }
        return kept;
    }

    private long[] kernel() {
        long[] kernel = new long[layer.axes()];
        for (int axis = 0; axis < kernel.length; axis++) {
            kernel[axis] = layer.kernel(axis);
        }
        return kernel;
    }
}
