package io.millrace.onnx;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The names that a patch takes: new ones, and those of what it replaces. */
final class PatchNames {
    private final Graph graph;
    private final String step;
    private final Set<String> own = new HashSet<>();
    private final Set<String> ofNodes = new HashSet<>();

    PatchNames(Graph graph, String step) {
        this.graph = graph;
        this.step = step;
    }

    /** A name that nothing in the graph has. */
    String fresh(String stem) {
        String name = graph.freshName(stem);
        own.add(name);
        return name;
    }

    /** Whether the patch took this name as a new one. */
    boolean has(String name) {
        return own.contains(name);
    }

    /** A node under its name, or another one where that is not free; it may have the name of what it replaces. */
    Node named(Node node, Set<Node> replaced) {
        String name = node.name();
        boolean free =
                own.contains(name) || replaced.stream().anyMatch(o -> o.name().equals(name)) || !graph.isTaken(name);
        return name.isEmpty() || free && ofNodes.add(name) ? node : node.withName(fresh(name));
    }

    /**
     * Whether nodes make only values whose names are new, or were made by what goes.
     *
     * @throws InvalidModelException if one does not
     */
    void check(List<Node> made, Set<Node> replaced, Collection<Node> going) {
        Set<String> allowed = new HashSet<>(own);
        replaced.forEach(node -> allowed.addAll(node.outputs()));
        going.forEach(node -> allowed.addAll(node.outputs()));
        for (Node node : made) {
            for (String output : node.outputs()) {
                if (!output.isEmpty() && !allowed.contains(output) && graph.isTaken(output)) {
                    throw new InvalidModelException(step + ": the name '" + output + "', which " + node.label()
                            + " makes, is taken already; ask the patch for one");
                }
            }
        }
    }
}
