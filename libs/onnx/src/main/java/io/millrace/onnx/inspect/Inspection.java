package io.millrace.onnx.inspect;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Provenance;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.cost.LayerCost;
import io.millrace.onnx.rewrite.Unsharing;
import io.millrace.onnx.shape.Shapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What there is to know of a model before it is compressed: its layers, what they cost, and what may be done to each.
 * Plain values, made to be printed ({@link InspectionTable}) or written as JSON.
 *
 * @param file name of the file
 * @param opset version of the standard operators
 * @param producer the tool that wrote the file, as far as the file says
 * @param inputs what the model is given
 * @param outputs what it returns
 * @param layers convolutions, matrix products and other nodes that multiply, in the order of the graph; the weight's
 *     shape is empty where values meet that are all computed
 * @param groups channels that can be removed, and the layers they run through
 * @param macs multiply-accumulate operations of all counted layers for one sample; {@code null} if there are layers and
 *     none is counted
 * @param partial whether there are layers whose operations are not counted, so that {@code macs} is not the whole
 * @param parameters trained values
 * @param bytes bytes of all stored tensors
 * @param notes what was assumed, and what is not understood
 */
public record Inspection(
        String file,
        long opset,
        String producer,
        List<Value> inputs,
        List<Value> outputs,
        List<Layer> layers,
        List<Group> groups,
        Long macs,
        boolean partial,
        long parameters,
        long bytes,
        List<String> notes) {

    /** An input or output; type and shape are for people and empty if they are not known. */
    public record Value(String name, String type, String shape) {}

    /**
     * A layer.
     *
     * @param macs multiply-accumulate operations for one sample; {@code null} if they are not counted, a note says why
     * @param share part of the model's counted MACs, 0 to 1; {@code null} likewise
     * @param group the group of its output channels, empty if they cannot be removed
     * @param steps what made it or changed it, in order, as {@link Provenance} has it; empty as it was exported
     * @param methods by the method's name, whether it can be applied
     */
    public record Layer(
            String name,
            String operator,
            long[] weightShape,
            long[] outputShape,
            Long macs,
            Double share,
            long parameters,
            String group,
            List<String> steps,
            Map<String, Verdict> methods) {}

    /** Channels that are removed together: {@code size} units, from these producers and consumers. */
    public record Group(String id, int size, int blocks, List<String> producers, List<String> consumers) {}

    /**
     * Inspects a file.
     *
     * @param file path of the model file
     * @return all that can be said
     * @throws InvalidModelException if it is no ONNX model, or not safe to open
     */
    public static Inspection of(Path file) {
        return of(file.getFileName().toString(), OnnxModel.read(file));
    }

    /** {@return the methods of which it can be told whether they apply to a layer} */
    public static List<String> methods() {
        return Methods.KNOWN;
    }

    /**
     * Inspects a model that has been read; {@code name} is shown for it.
     *
     * @param name shown for the model
     * @param model the model, which stays as it is
     * @return all that can be said
     */
    public static Inspection of(String name, OnnxModel model) {
        return of(name, model, Methods.KNOWN);
    }

    /**
     * As {@link #of(String, OnnxModel)}, with a verdict for these methods only.
     *
     * @param name shown for the model
     * @param model the model, which stays as it is
     * @param offered the methods there are where the model is to be compressed, of {@link #methods()}
     * @return all that can be said
     */
    public static Inspection of(String name, OnnxModel model, Collection<String> offered) {
        Shapes shapes = Shapes.infer(model);
        Soundness.check(model, shapes);
        Costs stored = Costs.of(model, shapes);
        // Channels are cut of such a copy too.
        OnnxModel free = model.copy();
        boolean unshared = Unsharing.unshare(free) > 0;
        Shapes known = unshared ? Shapes.infer(free) : shapes;
        Costs costs = unshared ? Costs.of(free, known) : stored;
        ChannelGroups channels = ChannelGroups.of(free, known);
        Map<ChannelGroup, String> ids = new IdentityHashMap<>();
        List<Group> groups = new ArrayList<>();
        for (ChannelGroup group : channels.groups()) {
            String id = "g" + (groups.size() + 1);
            ids.put(group, id);
            groups.add(new Group(
                    id, group.size(), group.blocks().length, labels(group.producers()), labels(group.consumers())));
        }
        Methods methods = new Methods(free.graph(), channels, offered);
        double total = Math.max(1, costs.macs());
        List<Layer> layers = costs.rows().stream()
                .map(cost -> layer(cost, total, channels, ids, methods))
                .toList();
        return new Inspection(
                name,
                model.opset(),
                (model.origin().getProducerName() + " " + model.origin().getProducerVersion()).strip(),
                values(model.graph().inputs(), shapes),
                values(model.graph().outputs(), shapes),
                layers,
                groups,
                costs.isCounted() ? costs.macs() : null,
                costs.isPartial(),
                stored.parameters(),
                stored.bytes(),
                Notes.of(model, costs, shapes));
    }

    private static Layer layer(
            LayerCost cost, double total, ChannelGroups channels, Map<ChannelGroup, String> ids, Methods methods) {
        return new Layer(
                cost.node().label(),
                cost.operator(),
                cost.weightShape(),
                cost.outputShape(),
                cost.isCounted() ? cost.macs() : null,
                cost.isCounted() ? cost.macs() / total : null,
                cost.parameters(),
                channels.groupOfOutput(cost.node()).map(ids::get).orElse(""),
                Provenance.of(cost.node()).stream()
                        .map(Provenance.Step::name)
                        .distinct()
                        .toList(),
                methods.of(cost));
    }

    private static List<String> labels(List<Node> nodes) {
        return nodes.stream().map(Node::label).toList();
    }

    private static List<Value> values(List<ValueInfoProto> values, Shapes shapes) {
        return values.stream()
                .map(v -> shapes.of(v.getName())
                        .map(s -> new Value(v.getName(), s.type().name().toLowerCase(Locale.ROOT), s.toString()))
                        .orElse(new Value(v.getName(), "", "")))
                .toList();
    }
}
