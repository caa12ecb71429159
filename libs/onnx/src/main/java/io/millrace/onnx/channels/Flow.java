package io.millrace.onnx.channels;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.operator.Operator;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.shape.Shapes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One run of a graph over atoms: every value gets its layout, and what must go together is united on the way. */
final class Flow {
    private final OnnxModel model;
    private final AtomGraph atoms;
    private final Set<String> shadowed = new HashSet<>();

    private Flow(OnnxModel model, AtomGraph atoms) {
        this.model = model;
        this.atoms = atoms;
        model.origin().getFunctionsList().forEach(function -> shadowed.add(function.getName()));
    }

    /** Follows the whole graph, and freezes what its outputs show. */
    static AtomGraph through(OnnxModel model, Shapes shapes, boolean throughLayerNorm) {
        AtomGraph atoms = new AtomGraph(model, shapes, throughLayerNorm);
        new Flow(model, atoms).run();
        return atoms;
    }

    private void run() {
        for (Node node : model.graph().nodes()) {
            if (!node.is("Constant")) {
                follow(node);
            }
        }
        for (ValueInfoProto output : model.graph().outputs()) {
            freeze(output.getName(), "is the network's output '" + output.getName() + "'");
        }
    }

    private void freeze(String value, String reason) {
        atoms.layout(value).freeze(atoms.atoms(), reason);
    }

    private void follow(Node node) {
        Site site = new Site(atoms, node);
        List<String> read = node.inputs().stream().filter(v -> !v.isEmpty()).toList();
        boolean allStored = !read.isEmpty() && read.stream().allMatch(atoms::isStored);
        Operator operator = Operators.of(node);
        if (allStored || operator.firstDecides() && atoms.isStored(node.input(0))) {
            node.outputs().forEach(atoms::store);
        }
        if (!node.subgraphs().isEmpty()) {
            for (String captured : node.captured()) {
                if (atoms.isKnown(captured)) {
                    freeze(captured, "is read inside " + site.label() + ", whose sub-graphs are not cut");
                }
            }
        }
        try {
            apply(operator, site, allStored);
        } catch (RuntimeException e) {
            fail(site, e);
        }
        node.outputs().forEach(output -> atoms.conclude(output, node));
    }

    private void apply(Operator operator, Site site, boolean allStored) {
        Node node = site.node();
        boolean shaped =
                operator.makesSequence() || node.outputs().stream().allMatch(v -> v.isEmpty() || atoms.dims(v) != null);
        if (!operator.isFollowed() || !node.subgraphs().isEmpty() || shadowed.contains(node.op())) {
            site.giveUp();
        } else if (!shaped) {
            site.freezeAll("feeds " + site.label() + ", whose result has no known shape");
            site.giveAll(Layout.NONE);
        } else {
            operator.follow(site);
        }
        if (operator.keepsZero(site)) {
            node.outputs().forEach(atoms::keepZero);
            if (operator.movesZeros() && site.isStored(0) && !allStored) {
                // A stored tensor becomes part of the data here: an embedding looked up, a class token repeated.
                for (int i = 0; i < site.outputs(); i++) {
                    site.given(i).parts().forEach(part -> site.markRows(part.ids()));
                }
            }
        }
    }

    /** A rule met what its author did not think of: all it may have touched stays as it is. */
    private void fail(Site site, RuntimeException failure) {
        String reason = "feeds " + site.label() + ", which is not followed (" + failure + ")";
        site.freezeAll(reason);
        for (String output : site.node().outputs()) {
            if (atoms.layouts().containsKey(output)) {
                freeze(output, reason);
            }
            atoms.give(output, Layout.NONE);
            atoms.name(output, "the result of " + site.label() + ", which is not followed");
        }
        atoms.fail(site.node(), failure.toString());
    }
}
