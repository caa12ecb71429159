package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.channels.BroadcastOperand;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/** Normalisations: their parameters go with the channels, where the statistics of those that stay do not change. */
final class Normalization {
    private Normalization() {}

    static void declare() {
        Operators.standard("BatchNormalization")
                .shape(Normalization::batchShape)
                .channels(Normalization::followBatch)
                .zeroIf(site -> Zeros.madeByLayer(site, -1))
                .factors(1, 2)
                .statistics(3, 4);
        Operators.standard("InstanceNormalization")
                .shape(Normalization::instanceShape)
                .channels(Normalization::followInstance)
                .zeroIf(site -> Zeros.madeByLayer(site, -1))
                .factors(1, 2);
        Operators.standard("GroupNormalization")
                .shape(Call::outAsIn)
                .channels(Normalization::followGroup)
                .cut(Normalization::fewerGroups)
                .zeroIf(site -> Zeros.madeByLayer(site, -1))
                .factors(1, 2);
        for (String name : List.of("LayerNormalization", "RMSNormalization")) {
            Operators.standard(name)
                    .channels(Normalization::followLayer)
                    .zeroIf(NodeView::throughLayerNorm)
                    .factors(1, 2);
        }
        Operators.standard("LayerNormalization").shape(Normalization::layerShape);
        Operators.standard("RMSNormalization").shape(Call::outAsIn);
        Operators.standard("LpNormalization").shape(Call::outAsIn).channels(site -> followAlong(site, -1));
        Operators.standard("LRN").shape(Call::outAsIn).channels(site -> site.give(site.seal(0, axis -> axis == 1)));
        Operators.standard("MeanVarianceNormalization").shape(Call::outAsIn);
        Operators.standard("SimplifiedLayerNormalization").shape(Call::outAsIn);
        Operators.runtime("SkipLayerNormalization").shape(Call::outAsIn);
        Operators.runtime("EmbedLayerNormalization").shape(Normalization::embeddedShape);
        Operators.runtime("SkipSimplifiedLayerNormalization").shape(Call::outAsIn);
    }

    private static void batchShape(Call call) {
        for (int i = 1; i < 5; i++) {
            Call.same(call.in(0).dim(1), call.in(i).dim(0), "channels of input and parameters");
        }
        call.outAsIn();
        for (int i = 1; i < 5; i++) {
            call.out(i, call.in(0).type(), call.in(1).dims());
        }
    }

    private static void instanceShape(Call call) {
        Call.same(call.in(0).dim(1), call.in(1).dim(0), "channels of input and scale");
        Call.same(call.in(0).dim(1), call.in(2).dim(0), "channels of input and bias");
        call.outAsIn();
    }

    /** Token numbers {@code [batch, tokens]} looked up in a table {@code [words, features]}. */
    private static void embeddedShape(Call call) {
        List<Dim> dims = new ArrayList<>(call.in(0).dims());
        dims.add(call.in(2).dim(-1));
        call.out(call.in(2).type(), dims);
        call.out(1, ElementType.INT32, List.of(call.in(0).dim(0)));
        call.out(2, call.in(2).type(), dims);
    }

    private static void layerShape(Call call) {
        Shape x = call.in(0);
        call.outAsIn();
        int axis = Call.axis(call.attribute("axis", -1), x.rank());
        List<Dim> statistics = new ArrayList<>(x.dims());
        for (int i = axis; i < x.rank(); i++) {
            statistics.set(i, Dim.of(1));
        }
        call.out(1, ElementType.FLOAT, statistics);
        call.out(2, ElementType.FLOAT, statistics);
    }

    private static void followBatch(Site site) {
        if (site.node().intAttribute("training_mode", 0) != 0) {
            site.giveUp();
            return;
        }
        int[] channels = site.claim(0, 1);
        for (int i = 1; i <= 4; i++) {
            parameter(site, channels, i, i <= 2);
        }
        site.give(site.layout(0));
    }

    private static void followInstance(Site site) {
        int[] channels = site.claim(0, 1);
        parameter(site, channels, 1, true);
        parameter(site, channels, 2, true);
        site.give(site.seal(0, axis -> axis >= 2));
    }

    /** The statistics are those of a group of channels: a group goes as a whole. */
    private static void followGroup(Site site) {
        int groups = (int) site.node().intAttribute("num_groups", 1);
        int[] channels = site.claim(0, 1);
        if (channels == null) {
            parameter(site, null, 1, true);
            parameter(site, null, 2, true);
        } else {
            int run = channels.length / groups;
            int[] first = new int[groups];
            for (int c = 0; c < channels.length; c++) {
                site.unite(channels[c], channels[c / run * run]);
                first[c / run] = channels[c / run * run];
            }
            if (groups == 1) {
                site.freeze(channels, "feeds " + site.label() + ", whose statistics would change");
            }
            for (int i = 1; i <= 2; i++) {
                parameter(site, site.dims(i)[0] == groups ? first : channels, i, true);
            }
        }
        site.give(site.seal(0, axis -> axis >= 2));
    }

    private static void parameter(Site site, int[] channels, int input, boolean shapesOutput) {
        int[] own = site.claim(input, 0);
        if (own == null) {
            return;
        }
        site.meet(channels, 0, own, input);
        if (shapesOutput && site.isStored(input)) {
            site.markRows(own);
        }
    }

    /** The mean is over the channels, so they stay, unless asked for. */
    private static void followLayer(Site site) {
        int rank = site.rank(0);
        int axis = site.axis(-1, rank);
        if (!site.throughLayerNorm()) {
            String reason = "feeds " + site.label() + ", whose statistics would change";
            site.freeze(1, reason);
            site.freeze(2, reason);
            site.give(site.seal(site.layout(0), other -> other >= axis, reason));
            return;
        }
        Layout result = site.layout(0);
        for (int i = 1; i <= 2 && site.has(i); i++) {
            site.markRows(i);
            result = site.unite(
                    rank, List.of(new BroadcastOperand(result, site.dims(0), site.name(0)), site.operand(i, rank)));
        }
        site.give(result);
    }

    private static void followAlong(Site site, long otherwise) {
        int axis = site.axis(otherwise, site.rank(0));
        site.give(site.seal(0, other -> other == axis));
    }

    private static Node fewerGroups(NodeCut cut) {
        long run = cut.shape(0).get(1).value() / cut.node().intAttribute("num_groups", 1);
        return cut.node().with("num_groups", cut.size(0, 1) / run);
    }
}
