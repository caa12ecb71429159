package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import io.millrace.onnx.schema.Schemas;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of ONNX that a model must keep as a whole: operator sets, functions, and each of its graphs. */
final class ModelCheck {
    private static final long NEWEST_IR = 14;
    /** Nodes that a model may have once its functions are put in the place of their calls. */
    private static final long MOST_EXPANDED_NODES = 1_000_000;

    private final ModelProto model;
    private final Map<String, FunctionProto> functions = new HashMap<>();
    private final Map<String, Long> expanded = new HashMap<>();
    private final Set<String> open = new HashSet<>();

    private ModelCheck(ModelProto model) {
        this.model = model;
    }

    /** @throws InvalidModelException if a rule is broken; names the node and the rule */
    static void check(ModelProto model) {
        new ModelCheck(model).check();
    }

    private void check() {
        if (!model.hasGraph()) {
            throw new InvalidModelException("not an ONNX model: it has no graph");
        }
        if (model.getIrVersion() > NEWEST_IR) {
            throw new InvalidModelException("written in version " + model.getIrVersion()
                    + " of the format; the newest that is known is " + NEWEST_IR);
        }
        Map<String, Long> domains = domains(model.getOpsetImportList(), "the model");
        for (FunctionProto function : model.getFunctionsList()) {
            String domain = normal(function.getDomain());
            if (domain.isEmpty() || domain.equals("ai.onnx.ml")) {
                throw new InvalidModelException(
                        "function " + function.getName() + " shadows the standard operators of their domain");
            }
            if (functions.put(key(domain, function.getName(), function.getOverload()), function) != null) {
                throw new InvalidModelException("there are two functions " + domain + "." + function.getName());
            }
        }
        for (FunctionProto function : model.getFunctionsList()) {
            GraphCheck.checkFunction(
                    function, domains(function.getOpsetImportList(), "function " + function.getName()));
        }
        GraphCheck.checkMain(model.getGraph(), domains);
        if (expandedNodes(model.getGraph().getNodeList()) > MOST_EXPANDED_NODES) {
            throw new InvalidModelException("its functions expand to more than " + MOST_EXPANDED_NODES + " nodes");
        }
    }

    private static Map<String, Long> domains(List<OperatorSetIdProto> imports, String owner) {
        if (imports.isEmpty()) {
            throw new InvalidModelException(owner + " does not say which operator set it uses (no opset_import);"
                    + " export it again with a current exporter");
        }
        Map<String, Long> domains = new HashMap<>();
        for (OperatorSetIdProto opset : imports) {
            String domain = normal(opset.getDomain());
            Long other = domains.put(domain, opset.getVersion());
            if (other != null && other != opset.getVersion()) {
                throw new InvalidModelException(owner + " imports operator sets " + other + " and " + opset.getVersion()
                        + " of domain '" + opset.getDomain() + "'");
            }
            if (domain.isEmpty() && opset.getVersion() > Schemas.NEWEST) {
                throw new InvalidModelException(owner + " uses operator set " + opset.getVersion()
                        + "; the newest that is known is " + Schemas.NEWEST);
            }
            if (opset.getVersion() < 1) {
                throw new InvalidModelException(owner + " uses operator set " + opset.getVersion() + " of domain '"
                        + opset.getDomain() + "', and there is none below 1");
            }
        }
        return domains;
    }

    /** The version of each domain's operators, by domain. */
    static Map<String, Long> opsets(ModelProto model) {
        Map<String, Long> versions = new HashMap<>();
        for (OperatorSetIdProto opset : model.getOpsetImportList()) {
            versions.putIfAbsent(normal(opset.getDomain()), opset.getVersion());
        }
        return versions;
    }

    static String normal(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    private static String key(String domain, String name, String overload) {
        return normal(domain) + "\n" + name + "\n" + overload;
    }

    /** How many nodes a list becomes once functions are put in place; more than the limit counts as one more than it. */
    private long expandedNodes(List<NodeProto> nodes) {
        long sum = 0;
        for (NodeProto node : nodes) {
            String key = key(node.getDomain(), node.getOpType(), node.getOverload());
            sum += functions.containsKey(key) ? expandedNodes(key) : 1;
            for (GraphProto inner : Node.of(node).subgraphs()) {
                sum += expandedNodes(inner.getNodeList());
            }
            sum = Math.min(sum, MOST_EXPANDED_NODES + 1);
        }
        return sum;
    }

    private long expandedNodes(String key) {
        Long known = expanded.get(key);
        if (known != null) {
            return known;
        }
        FunctionProto function = functions.get(key);
        if (!open.add(key) || open.size() > 100) {
            throw new InvalidModelException(
                    "function " + function.getName() + (open.size() > 100 ? " nests too deep" : " calls itself"));
        }
        long nodes = expandedNodes(function.getNodeList());
        open.remove(key);
        expanded.put(key, nodes);
        return nodes;
    }
}
