package io.millrace.onnx.opset;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operators that a version writes otherwise, or lets mean something else, from opset 8 on. An operator that is not
 * listed for a version only took in more types there, or an attribute whose default is what held before (compared
 * version by version with the operators' change log of ONNX), or an attribute became an input, which the operators'
 * {@link io.millrace.onnx.operator.Setting settings} say.
 */
final class Adapters {
    private static final Map<String, Adapter> BY_VERSION = new HashMap<>();

    static {
        since(9, Adapters::spatialNormalization, "BatchNormalization");
        since(9, declined("its body stepped along another axis before opset 9"), "Scan");
        since(10, Adapters::maskIsUnused, "Dropout");
        since(10, Adapters::upsampleToResize, "Upsample");
        since(11, Adapters::padsWithNothing, "Pad");
        since(11, Adapters::resizeAsymmetric, "Resize");
        since(11, (node, work) -> renamed(node, "ScatterElements", work), "Scatter");
        since(13, Adapters::flatSoftmax, "Softmax", "LogSoftmax", "Hardmax");
        since(13, Adapters::resizeModeThatIsGone, "Resize");
        since(14, Adapters::statisticsAreUnused, "BatchNormalization");
        since(16, Adapters::roiWithoutHalfPixel, "RoiAlign");
        since(18, Adapters::splitSaysHowMany, "Split");
        since(19, Adapters::paddedAverage, "AveragePool");
        since(20, Adapters::gridSampleMode, "GridSample");
        since(20, declined("its axis became an input, counted otherwise"), "DFT");
        since(21, Adapters::normalizationPerChannel, "GroupNormalization");
    }

    private Adapters() {}

    /** What brings an operator to this version from the one before; {@code null} if nothing has to be done. */
    static Adapter of(Node node, long version) {
        if (!node.domain().isEmpty()) {
            return null;
        }
        Adapter own = BY_VERSION.get(node.op() + "@" + version);
        boolean becomesInput = Operators.of(node).settings().stream()
                .anyMatch(setting -> setting.inputSince() == version
                        && node.attribute(setting.attribute()).isPresent());
        return own == null && becomesInput ? (each, work) -> work.settingsIntoInputs(each, version) : own;
    }

    private static void since(long version, Adapter adapter, String... ops) {
        for (String op : ops) {
            BY_VERSION.put(op + "@" + version, adapter);
        }
    }

    private static Adapter declined(String reason) {
        return (node, work) -> {
            throw new InexactException(reason);
        };
    }

    private static List<Node> renamed(Node node, String op, Rewriting work) {
        work.note("is " + op);
        return List.of(node.withOp(op));
    }

    private static List<Node> spatialNormalization(Node node, Rewriting work) throws InexactException {
        if (node.intAttribute("spatial", 1) != 1) {
            throw new InexactException("it normalises each position on its own, which operators do not since opset 9");
        }
        return List.of(node.attribute("spatial").isPresent() ? node.without("spatial") : node);
    }

    private static List<Node> upsampleToResize(Node node, Rewriting work) {
        return renamed(node, "Resize", work);
    }

    private static List<Node> maskIsUnused(Node node, Rewriting work) throws InexactException {
        if (node.outputs().size() < 2) {
            return List.of(node);
        }
        if (work.isRead(node.output(1))) {
            throw new InexactException("its mask is read, which is of another type since opset 10");
        }
        return List.of(node.withOutputs(List.of(node.output(0))));
    }

    /** A zero need not be said, nor its type be known. */
    private static List<Node> padsWithNothing(Node node, Rewriting work) throws InexactException {
        return work.settingsIntoInputs(node.floatAttribute("value", 0) == 0 ? node.without("value") : node, 11);
    }

    /** Before opset 11 positions were scaled without a shift; nearest took the smaller one when growing. */
    private static List<Node> resizeAsymmetric(Node node, Rewriting work) throws InexactException {
        boolean nearest = node.stringAttribute("mode", "nearest").equals("nearest");
        Tensor scales = work.patch().constant(node.input(1));
        boolean grows = scales != null && isAtLeastOne(scales.floats());
        if (nearest && !grows) {
            throw new InexactException("it picks the nearest element while shrinking, which is rounded otherwise since"
                    + " opset 11, or its scales are computed");
        }
        work.note("coordinates are asymmetric, as they were");
        String roi = work.patch().store(node.output(0) + "_roi", Tensor.ofFloats(new float[0], 0));
        Node changed = node.withInputs(List.of(node.input(0), roi, node.input(1)))
                .with("coordinate_transformation_mode", "asymmetric");
        return List.of(nearest ? changed.with("nearest_mode", "floor") : changed);
    }

    private static boolean isAtLeastOne(float[] scales) {
        for (float scale : scales) {
            if (!(scale >= 1)) {
                return false;
            }
        }
        return true;
    }

    private static List<Node> resizeModeThatIsGone(Node node, Rewriting work) throws InexactException {
        if (node.stringAttribute("coordinate_transformation_mode", "").equals("tf_half_pixel_for_nn")) {
            throw new InexactException("coordinates tf_half_pixel_for_nn are gone since opset 13");
        }
        return List.of(node);
    }

    /** Before opset 13 all axes from the given one on were one; the same is written with a reshape around it. */
    private static List<Node> flatSoftmax(Node node, Rewriting work) {
        long axis = node.intAttribute("axis", 1);
        var rank = work.rank(node);
        if (axis == -1 || rank.isPresent() && (axis == rank.getAsInt() - 1)) {
            return List.of(node.with("axis", -1));
        }
        work.note("works on a matrix, as it did");
        Node shape = work.patch().node("Shape", node.output(0) + "_shape", node.input(0));
        Node flat = work.patch()
                .node("Flatten", node.output(0) + "_flat", node.input(0))
                .with("axis", axis);
        String result = work.patch().name(node.output(0) + "_matrix");
        Node written = node.withInputs(List.of(flat.output(0)))
                .withOutputs(List.of(result))
                .with("axis", -1);
        Node back = Node.of(
                "Reshape",
                work.patch().name(node.output(0) + "_reshape"),
                List.of(result, shape.output(0)),
                node.outputs());
        return List.of(shape, flat, written, back);
    }

    private static List<Node> statisticsAreUnused(Node node, Rewriting work) throws InexactException {
        for (int i = 1; i < node.outputs().size(); i++) {
            if (work.isRead(node.output(i))) {
                throw new InexactException("its statistics are read, which are others since opset 14");
            }
        }
        return List.of(node.outputs().size() > 1 ? node.withOutputs(List.of(node.output(0))) : node);
    }

    private static List<Node> roiWithoutHalfPixel(Node node, Rewriting work) {
        return List.of(node.with("coordinate_transformation_mode", "output_half_pixel"));
    }

    private static List<Node> splitSaysHowMany(Node node, Rewriting work) {
        return List.of(
                node.input(1).isEmpty()
                        ? node.with("num_outputs", node.outputs().size())
                        : node);
    }

    private static List<Node> paddedAverage(Node node, Rewriting work) throws InexactException {
        if (node.intAttribute("ceil_mode", 0) != 0 && node.intAttribute("count_include_pad", 0) != 0) {
            throw new InexactException("it rounds up and counts padding, which is counted otherwise since opset 19");
        }
        return List.of(node);
    }

    private static List<Node> gridSampleMode(Node node, Rewriting work) {
        String mode = node.stringAttribute("mode", "bilinear");
        String now = mode.equals("bilinear") ? "linear" : mode.equals("bicubic") ? "cubic" : mode;
        work.note("mode " + mode + " is called " + now);
        return List.of(node.with("mode", now));
    }

    /** Scale and shift were one number a group, and are one a channel. */
    private static List<Node> normalizationPerChannel(Node node, Rewriting work) throws InexactException {
        int groups = (int) node.intAttribute("num_groups", 1);
        long channels = work.shapes()
                .of(node.input(0))
                .filter(shape -> shape.dims().size() > 1 && shape.dims().get(1).known())
                .map(shape -> shape.dims().get(1).value())
                .orElse(0L);
        Node changed = node;
        for (int input = 1; input <= 2; input++) {
            Tensor stored = work.patch().constant(node.input(input));
            if (stored == null || channels % groups != 0 || channels == 0) {
                throw new InexactException(
                        "its scale or shift is computed, or the number of its channels is not known");
            }
            float[] values = stored.floats();
            float[] repeated = new float[(int) channels];
            int run = repeated.length / groups;
            for (int c = 0; c < repeated.length; c++) {
                repeated[c] = values[c / run];
            }
            Tensor each = Tensor.ofFloats(repeated, channels).as(stored.type());
            changed = changed.withInput(input, work.patch().store(node.input(input) + "_per_channel", each));
        }
        work.note("scale and shift are one number a channel");
        return List.of(changed);
    }
}
