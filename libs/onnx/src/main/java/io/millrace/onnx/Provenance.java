package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which steps made a node what it is. Kept in the model file, in the node's metadata under {@value #KEY}: one line for
 * each step, the latest last, {@code step: what it replaced}. A node without any is as the model's maker wrote it.
 */
public final class Provenance {
    /** The key in a node's metadata. */
    public static final String KEY = "millrace.step";

    private static final int LONGEST = 2000;

    private Provenance() {}

    /**
     * One step of a node's history.
     *
     * @param name what was done, {@code fold-bn}
     * @param from labels of the nodes it replaced, as text; empty if the node took the place of none
     */
    public record Step(String name, String from) {}

    /**
     * {@return the steps that made or changed a node, in the order they were done; empty for a node as it was
     * exported}
     *
     * @param node of any graph
     */
    public static List<Step> of(Node node) {
        return of(node.proto());
    }

    /**
     * As {@link #of(Node)}, of a node's message.
     *
     * @param node of any graph
     * @return the latest last
     */
    public static List<Step> of(NodeProto node) {
        return lines(node)
                .lines()
                .map(line -> line.split(": ", 2))
                .map(parts -> new Step(parts[0], parts.length > 1 ? parts[1] : ""))
                .toList();
    }

    static Node mark(Node node, String step, Collection<Node> replaced) {
        String from = replaced.stream()
                .map(Node::label)
                .map(label -> label.replace('\n', ' '))
                .collect(Collectors.joining(", "));
        String line = from.isEmpty() ? step : step + ": " + from;
        String before = lines(node.proto());
        if (before.equals(line) || before.endsWith("\n" + line)) {
            return node;
        }
        String lines = before.isEmpty() ? line : before + "\n" + line;
        NodeProto.Builder built = node.proto().toBuilder();
        StringStringEntryProto entry = StringStringEntryProto.newBuilder()
                .setKey(KEY)
                .setValue(lines.length() > LONGEST ? lines.substring(lines.length() - LONGEST) : lines)
                .build();
        for (int i = 0; i < built.getMetadataPropsCount(); i++) {
            if (built.getMetadataProps(i).getKey().equals(KEY)) {
                return Node.of(built.setMetadataProps(i, entry).build());
            }
        }
        return Node.of(built.addMetadataProps(entry).build());
    }

    private static String lines(NodeProto node) {
        return node.getMetadataPropsList().stream()
                .filter(entry -> entry.getKey().equals(KEY))
                .map(StringStringEntryProto::getValue)
                .findFirst()
                .orElse("");
    }
}
