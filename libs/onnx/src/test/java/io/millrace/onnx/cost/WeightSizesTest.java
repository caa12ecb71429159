package io.millrace.onnx.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightSizesTest {

    @Test
    void aLayerThatRanAwayIsNamedWithItsFigure() {
        OnnxModel model = network();
        OnnxModel away = model.copy();
        Node last = layers(away).get(3);
        scale(away, last, 3000);

        assertThat(WeightSizes.outOfProportion(model)).isEmpty();
        assertThat(WeightSizes.outgrown(model, model)).isEmpty();
        double size = WeightSizes.of(away).get(last.label());
        assertThat(WeightSizes.outOfProportion(away))
                .singleElement()
                .asString()
                .contains(last.label() + " reach %.4g".formatted(size));
        assertThat(WeightSizes.outgrown(model, away)).singleElement().asString().contains(last.label() + " grew from");
    }

    @Test
    void layersThatAreAllLargeAreInProportion() {
        OnnxModel model = network();
        layers(model).forEach(layer -> scale(model, layer, 3000));

        assertThat(WeightSizes.outOfProportion(model)).isEmpty();
    }

    private static List<Node> layers(OnnxModel model) {
        return model.graph().nodes().stream()
                .filter(node -> node.is("Gemm", "MatMul"))
                .toList();
    }

    private static void scale(OnnxModel model, Node layer, float factor) {
        Tensor weight = model.graph().constant(layer.input(1)).orElseThrow();
        float[] values = weight.floats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        model.graph().setInitializer(layer.input(1), Tensor.ofFloats(values, weight.dims()));
    }

    private static OnnxModel network() {
        Net net = new Net(13, 1);
        String x = net.input("x", -1, 8);
        for (int i = 0; i < 4; i++) {
            x = net.relu(net.linear(x, 8, 8));
        }
        net.output(x);
        return net.model();
    }
}
