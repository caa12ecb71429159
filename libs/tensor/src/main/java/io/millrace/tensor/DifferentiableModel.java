package io.millrace.tensor;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.OutputKind;
import io.millrace.onnx.output.OutputKinds;
import io.millrace.tensor.TrainingOptions.Layout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * An ONNX graph run by libtorch, so that gradients of its weights can be taken. Its forward pass equals ONNX Runtime's;
 * its weights go back into the initializers they came from.
 *
 * <p>Not for use by several threads at a time.
 */
public final class DifferentiableModel implements AutoCloseable {
    private final OnnxModel origin;
    private final TrainingOptions options;
    private final Map<String, org.bytedeco.pytorch.Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, org.bytedeco.pytorch.Tensor> statistics = new LinkedHashMap<>();
    private final String logits;
    private final Plan plan;

    private DifferentiableModel(
            OnnxModel model, TrainingOptions options, Trainable trainable, String logits, PlanBuilder prepared) {
        this.origin = model;
        this.options = options;
        Graph graph = model.graph();
        trainable.parameters().forEach(name -> parameters.put(name, parameter(graph, name)));
        trainable.statistics().forEach(name -> statistics.put(name, Libtorch.copyOf(stored(graph, name))));
        this.logits = logits;
        Map<String, org.bytedeco.pytorch.Tensor> learned = new HashMap<>(parameters);
        learned.putAll(statistics);
        this.plan = prepared.build(learned);
    }

    /**
     * Makes a model ready to run and to train. Sets the number of threads of the whole process.
     *
     * @throws UnsupportedOperatorException naming the operators that have no mapping
     */
    public static DifferentiableModel of(OnnxModel model, TrainingOptions options) {
        return of(model, logitsOf(model), options);
    }

    /** As {@link #of(OnnxModel, TrainingOptions)}, with the value that losses are taken of. */
    public static DifferentiableModel of(OnnxModel model, String logits, TrainingOptions options) {
        Libtorch.setThreads(options.threads());
        Trainable trainable = Trainable.of(model.graph());
        PlanBuilder prepared = prepare(model, trainable, logits);
        Map<String, List<String>> unsupported = unsupported(model, trainable, prepared);
        if (!unsupported.isEmpty()) {
            throw new UnsupportedOperatorException("not differentiable: " + String.join(", ", unsupported.keySet()));
        }
        return new DifferentiableModel(model, options, trainable, logits, prepared);
    }

    /** The operators (and forms of operators) of a model that cannot be run differentiably; empty if it can be trained. */
    public static List<String> unsupported(OnnxModel model) {
        return List.copyOf(unsupportedNodes(model).keySet());
    }

    /** As {@link #unsupported}, each with the labels of the nodes, or names of the weights, where it occurs. */
    public static Map<String, List<String>> unsupportedNodes(OnnxModel model) {
        Trainable trainable = Trainable.of(model.graph());
        return unsupported(model, trainable, prepare(model, trainable, logitsOf(model)));
    }

    private static PlanBuilder prepare(OnnxModel model, Trainable trainable, String logits) {
        Set<String> learned = new HashSet<>(trainable.parameters());
        learned.addAll(trainable.statistics());
        List<String> wanted = new ArrayList<>();
        model.graph().outputs().forEach(output -> wanted.add(output.getName()));
        wanted.add(logits);
        return new PlanBuilder(model, learned, wanted).prepare();
    }

    private static Map<String, List<String>> unsupported(OnnxModel model, Trainable trainable, PlanBuilder prepared) {
        Map<String, List<String>> found = new LinkedHashMap<>(prepared.unsupported());
        for (String name : trainable.parameters()) {
            ElementType type = stored(model.graph(), name).type();
            if (type != ElementType.FLOAT && type != ElementType.DOUBLE) {
                found.computeIfAbsent("weights of type " + type, k -> new ArrayList<>())
                        .add(name);
            }
        }
        return found;
    }

    /**
     * The value a classifier's loss is taken of: what goes into the Softmax or LogSoftmax behind the first output that has
     * one, also where only movements of values follow it; the first output where there is none.
     */
    public static String logitsOf(OnnxModel model) {
        return OutputKinds.of(model).stream()
                .filter(output -> output.kind() == OutputKind.PROBABILITIES || output.kind() == OutputKind.CLASS_SCORES)
                .map(ModelOutput::scores)
                .findFirst()
                .orElseGet(() -> model.graph().outputs().get(0).getName());
    }

    private static Tensor stored(Graph graph, String name) {
        return graph.constant(name).orElseThrow();
    }

    private org.bytedeco.pytorch.Tensor parameter(Graph graph, String name) {
        org.bytedeco.pytorch.Tensor tensor = inLayout(Libtorch.copyOf(stored(graph, name)));
        tensor.set_requires_grad(true);
        return tensor;
    }

    private org.bytedeco.pytorch.Tensor inLayout(org.bytedeco.pytorch.Tensor tensor) {
        return options.layout() == Layout.CHANNELS_LAST && tensor.dim() == 4
                ? tensor.contiguous(MemoryFormat.ChannelsLast)
                : tensor;
    }

    /**
     * Runs the network as it is used: by running statistics, without dropout.
     *
     * @param inputs by input name
     * @return by output name
     */
    public Map<String, Tensor> forward(Map<String, Tensor> inputs) {
        try (NativeScope scope = NativeScope.open();
                NoGradGuard guard = new NoGradGuard()) {
            Map<String, Tensor> outputs = new LinkedHashMap<>();
            Map<String, org.bytedeco.pytorch.Tensor> results = run(toNative(inputs), false);
            origin.graph().outputs().forEach(o -> outputs.put(o.getName(), Libtorch.copyOf(results.get(o.getName()))));
            return outputs;
        }
    }

    /**
     * Runs the network under autograd, in the caller's pointer scope.
     *
     * @return the outputs and the logits by name
     */
    Map<String, org.bytedeco.pytorch.Tensor> run(Map<String, org.bytedeco.pytorch.Tensor> inputs, boolean training) {
        org.bytedeco.pytorch.Tensor[] slots = plan.run(inputs, training);
        Map<String, org.bytedeco.pytorch.Tensor> results = new LinkedHashMap<>();
        plan.kept().forEach((name, slot) -> results.put(name, slots[slot]));
        return results;
    }

    /** Which weight or node is to blame for a loss that is no number; the caller's pointer scope is open. */
    String whereNotFinite(Map<String, org.bytedeco.pytorch.Tensor> inputs) {
        for (Map.Entry<String, org.bytedeco.pytorch.Tensor> parameter : parameters.entrySet()) {
            if (!Libtorch.isFinite(parameter.getValue())) {
                List<String> readers = origin.graph().consumers(parameter.getKey()).stream()
                        .map(Node::label)
                        .toList();
                return "; weight '" + parameter.getKey() + "' of " + String.join(", ", readers) + " holds no number";
            }
        }
        try (NoGradGuard guard = new NoGradGuard()) {
            return plan.whereNumbersEnd(inputs);
        }
    }

    /** The inputs in native memory, in this model's layout; surplus ones are left out. */
    Map<String, org.bytedeco.pytorch.Tensor> toNative(Map<String, Tensor> inputs) {
        Map<String, org.bytedeco.pytorch.Tensor> copies = new HashMap<>();
        for (String name : plan.inputs().keySet()) {
            Tensor input = inputs.get(name);
            if (input == null) {
                throw new IllegalArgumentException("no value for the model's input '" + name + "'");
            }
            copies.put(name, inLayout(Libtorch.copyOf(input)));
        }
        return copies;
    }

    int threads() {
        return options.threads();
    }

    /** The value that losses are taken of. */
    public String logits() {
        return logits;
    }

    /** What is learned, by the name of its initializer; changed in place while training. */
    Map<String, org.bytedeco.pytorch.Tensor> parameters() {
        return Collections.unmodifiableMap(parameters);
    }

    /** Running means and variances by name. */
    Map<String, org.bytedeco.pytorch.Tensor> statistics() {
        return Collections.unmodifiableMap(statistics);
    }

    /** The model with its weights and running statistics as they are now, under the names they had. */
    public OnnxModel toModel() {
        OnnxModel model = origin.copy();
        try (NativeScope scope = NativeScope.open()) {
            parameters.forEach((name, tensor) -> model.graph().setInitializer(name, Libtorch.copyOf(tensor)));
            statistics.forEach((name, tensor) -> model.graph().setInitializer(name, Libtorch.copyOf(tensor)));
        }
        return model;
    }

    /** Frees the weights. */
    @Override
    public void close() {
        for (org.bytedeco.pytorch.Tensor tensor : plan.stored()) {
            if (tensor != null) {
                tensor.close();
            }
        }
        parameters.values().forEach(org.bytedeco.pytorch.Tensor::close);
        statistics.values().forEach(org.bytedeco.pytorch.Tensor::close);
    }
}
