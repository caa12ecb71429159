package io.millrace.svd;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.svd.RankSelection.Choice;
import io.millrace.svd.split.SplitLayer;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;

/** Writes what was measured, chosen and declined as JSON for the report. */
final class SvdFindings {
    private static final MathContext DIGITS = new MathContext(4);

    private SvdFindings() {}

    /** {@code {"layers": [{name, operator, ratio, rank}]}}: what one model is made of. */
    static ObjectNode layers(Choice choice) {
        ObjectNode parameters = JsonNodeFactory.instance.objectNode();
        parameters.put("method", "spatial-svd");
        parameters.put("mac-ratio", choice.ratio());
        var layers = parameters.putArray("layers");
        choice.ranks().forEach((layer, rank) -> layers.addObject()
                .put("name", layer.name())
                .put("operator", layer.node().op())
                .put("ratio", rounded(layer.ratio(rank)))
                .put("rank", rank)
                .put("full-rank", layer.maxRank()));
        return parameters;
    }

    /** {@code {layer: {ratio: value}}} of the layers that were measured; ratio 1 is the layer as it stands. */
    static void sensitivity(ObjectNode findings, List<SplitLayer> layers, List<LayerSensitivity> measured) {
        ObjectNode losses = findings.putObject("sensitivity");
        ObjectNode agreements = findings.putObject("agreement");
        for (int i = 0; i < layers.size(); i++) {
            SplitLayer layer = layers.get(i);
            LayerSensitivity sensitivity = measured.get(i);
            ObjectNode loss = losses.putObject(layer.name());
            ObjectNode agreement = agreements.putObject(layer.name());
            for (int k = 0; k < sensitivity.agreements().size(); k++) {
                String ratio = rounded(layer.ratio(sensitivity.ranks().get(k))).toPlainString();
                loss.put(ratio, finite(sensitivity.losses().get(k)));
                agreement.put(ratio, rounded(sensitivity.agreements().get(k)));
            }
        }
    }

    static void declined(ObjectNode findings, Map<String, String> declined) {
        var list = findings.putArray("declined");
        declined.forEach((name, reason) -> list.addObject().put("name", name).put("reason", reason));
    }

    /** JSON has no infinity: a loss that is none becomes the largest number. */
    private static BigDecimal finite(double loss) {
        return rounded(Double.isFinite(loss) ? loss : Float.MAX_VALUE);
    }

    static BigDecimal rounded(double value) {
        return new BigDecimal(value).round(DIGITS);
    }
}
