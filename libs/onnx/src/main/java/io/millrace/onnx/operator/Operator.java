package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.cost.Sizes;
import io.millrace.onnx.shape.Call;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * All that the library knows of one operator: how shapes follow from its inputs, how channels flow through it, what a cut
 * rewrites, whether zeros stay zero, what it costs, and in which form each opset has its settings. A family of operators
 * declares its own in one class of this package; what is not declared is not known, and whoever asks gets the cautious
 * answer. See {@code docs/algorithms/channel-algebra.md} for how to add one.
 */
public final class Operator {
    private final String name;
    private Consumer<Call> shape;
    private Consumer<Site> channels;
    private Function<NodeCut, Node> cut = NodeCut::node;
    private Predicate<NodeView> zeros = site -> false;
    private ToLongFunction<Sizes> macs;
    private Predicate<Node> timeFirst = node -> false;
    private List<Setting> settings = List.of();
    private Parameters parameters = new Parameters();
    private QuantizationRule quantization = QuantizationRule.FLOAT;
    private boolean presents;
    private boolean elementwise;
    private boolean movesZeros;
    private boolean onlyFirst;
    private boolean sequence;
    private boolean fills;

    Operator(String name) {
        this.name = name;
    }

    /** An operator of ONNX Runtime's domain that is called as this one: it makes the same shapes and costs the same. */
    Operator lent() {
        Operator lent = new Operator(name).shape(shape).macs(macs).timeFirst(timeFirst);
        lent.parameters = parameters;
        return lent;
    }

    /** How the shapes of the outputs, and where they can be known the elements, follow from the inputs. */
    Operator shape(Consumer<Call> rule) {
        shape = rule;
        return this;
    }

    /** How channels flow: gives the outputs their layouts, unites or freezes atoms of the inputs. */
    Operator channels(Consumer<Site> rule) {
        channels = rule;
        return this;
    }

    /** What a cut of inputs or outputs makes of a node; the node itself if it need not change. */
    Operator cut(Function<NodeCut, Node> rule) {
        cut = rule;
        return this;
    }

    /** When channels that are zero, or are made zero by the node's stored tensors, are zero in the result. */
    Operator zeroIf(Predicate<NodeView> rule) {
        zeros = rule;
        return this;
    }

    /** The result is zero where the first input is, which may be a stored tensor that becomes part of the data here. */
    Operator zeroWithFirst() {
        movesZeros = true;
        return zeroIf(site -> Zeros.canBe(site, 0));
    }

    /** The operator multiplies: its multiply-accumulates for one sample. */
    Operator macs(ToLongFunction<Sizes> rule) {
        macs = rule;
        return this;
    }

    Operator timeFirst(Predicate<Node> nodes) {
        timeFirst = nodes;
        return this;
    }

    /** The numbers that steer the operator, and since when they are inputs. */
    Operator settings(Setting... list) {
        settings = List.of(list);
        return this;
    }

    /** The inputs that are multiplied with the data, those that are usually stored first. */
    Operator weights(int... inputs) {
        parameters.weights = inputs;
        return this;
    }

    /** The axis of the weight along which a node's outputs lie, negative from the last; 0 where it is not declared. */
    Operator outputAxis(ToIntFunction<Node> rule) {
        parameters.outputAxis = rule;
        return this;
    }

    Operator biases(int... inputs) {
        parameters.biases = inputs;
        return this;
    }

    Operator factors(int... inputs) {
        parameters.factors = inputs;
        return this;
    }

    Operator statistics(int... inputs) {
        parameters.statistics = inputs;
        return this;
    }

    Operator integers(int... inputs) {
        parameters.integers = inputs;
        return this;
    }

    Operator scales(int... inputs) {
        parameters.scales = inputs;
        return this;
    }

    /** What ranges of numbers become, and how the operator runs in eight-bit integers; in float only if undeclared. */
    Operator quantization(QuantizationRule rule) {
        quantization = rule;
        return this;
    }

    Operator presents() {
        presents = true;
        return this;
    }

    Operator elementwise() {
        elementwise = true;
        return this;
    }

    Operator holdsOnlyFirst() {
        onlyFirst = true;
        return this;
    }

    Operator sequence() {
        sequence = true;
        return this;
    }

    Operator repeats() {
        fills = true;
        return this;
    }

    /** {@return the name as nodes carry it; empty for all operators that are not known} */
    public String name() {
        return name;
    }

    /** {@return whether shapes can be told} */
    public boolean infersShapes() {
        return shape != null;
    }

    /**
     * Tells the shapes of a node's outputs, and their elements where they can be known.
     *
     * @param call a node of this operator, and what is known of its inputs
     * @throws io.millrace.onnx.shape.UninferableException if they do not follow from what is known
     */
    public void infer(Call call) {
        shape.accept(call);
    }

    /** {@return whether the operator has a channel rule} */
    public boolean isFollowed() {
        return channels != null;
    }

    /**
     * Gives a node's outputs their layouts, and unites or freezes atoms of its inputs.
     *
     * @param site a node of this operator, with the atoms of its inputs
     */
    public void follow(Site site) {
        channels.accept(site);
    }

    /**
     * {@return what a cut makes of a node that reads or makes what is cut; the node itself if it need not change}
     *
     * @param node a node of this operator, and what is left of its values
     */
    public Node cut(NodeCut node) {
        return cut.apply(node);
    }

    /**
     * {@return whether channels that are switched off are zero in the result; asked after the node has been followed}
     *
     * @param node a node of this operator
     */
    public boolean keepsZero(NodeView node) {
        return zeros.test(node);
    }

    /** {@return whether the result is zero where the first input is} */
    public boolean movesZeros() {
        return movesZeros;
    }

    /** {@return whether the operator multiplies, so that it has a cost} */
    public boolean multiplies() {
        return macs != null;
    }

    /**
     * {@return multiply-accumulates for one sample; 0 for operators that do not multiply}
     *
     * @param sizes the dimensions of what the node reads and makes
     * @throws io.millrace.onnx.shape.UninferableException if they do not follow from what is known
     * @throws ArithmeticException if they overflow 64 bits
     */
    public long macs(Sizes sizes) {
        return macs == null ? 0 : macs.applyAsLong(sizes);
    }

    /**
     * {@return whether a node steps along the first axis of its first input, which is time then and not the batch}
     *
     * @param node of this operator
     */
    public boolean beginsWithTime(Node node) {
        return timeFirst.test(node);
    }

    /**
     * {@return the numbers that steer the operator, each with the opset since which it is an input and no attribute}
     */
    public List<Setting> settings() {
        return settings;
    }

    /** {@return at which inputs trained values are read} */
    public Parameters parameters() {
        return parameters;
    }

    /** {@return what ranges of numbers become, and how the operator runs in eight-bit integers} */
    public QuantizationRule quantization() {
        return quantization;
    }

    /**
     * {@return whether the result holds the elements of the first input, only presented in another type, shape or
     * order: a weight behind such a node is still a stored weight}
     */
    public boolean presentsItsInput() {
        return presents;
    }

    /**
     * {@return whether the result has at each place what the operator makes of the elements there, whatever the shape}
     */
    public boolean isElementwise() {
        return elementwise;
    }

    /** {@return whether the result is as stored as the first input is, whatever the others are} */
    public boolean firstDecides() {
        return onlyFirst;
    }

    /** {@return whether the result is a sequence, which has no shape of its own} */
    public boolean makesSequence() {
        return sequence;
    }

    /** {@return whether the result repeats what it is made of: it has channels that nothing stored stands for} */
    public boolean fills() {
        return fills;
    }

    @Override
    public String toString() {
        return name;
    }
}
