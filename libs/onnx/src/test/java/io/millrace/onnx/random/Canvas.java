package io.millrace.onnx.random;

import io.millrace.onnx.Net;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** A random network while it is drawn: its values so far, and the choices of the step at hand. */
final class Canvas {
    /** Wider values are not widened further. */
    static final int WIDEST = 24;

    final Net net;
    final int opset;
    private final List<Feature> features = new ArrayList<>();
    private Step step;
    private int choice;

    Canvas(int opset, long seed) {
        this.net = new Net(opset, seed);
        this.opset = opset;
    }

    void at(Step next) {
        step = next;
        choice = 0;
    }

    /** The next choice among {@code bound}. */
    int pick(int bound) {
        int drawn =
                switch (choice++) {
                    case 0 -> step.a();
                    case 1 -> step.b();
                    case 2 -> step.c();
                    default -> 0;
                };
        return Math.floorMod(drawn, bound);
    }

    String pick(String... names) {
        return names[pick(names.length)];
    }

    void leave(Feature feature) {
        features.add(feature);
    }

    /** The value counted from the last one. */
    Feature back(int count) {
        return features.get(features.size() - 1 - Math.floorMod(count, Math.min(4, features.size())));
    }

    /** Another value that fits, or {@code otherwise} if there is none; which one, the next choice tells. */
    Feature other(Feature otherwise, Predicate<Feature> fits) {
        List<Feature> fitting = features.stream().filter(fits).toList();
        return fitting.isEmpty() ? otherwise : fitting.get(pick(fitting.size()));
    }

    /** A number that divides the channels. */
    int divisor(int channels) {
        int[] divisors = IntStream.rangeClosed(1, channels)
                .filter(d -> channels % d == 0)
                .toArray();
        return divisors[pick(divisors.length)];
    }

    String op(String operator, String input, Object... attributes) {
        return net.op(operator, List.of(input), attributes);
    }

    String op(String operator, String left, String right) {
        return net.op(operator, List.of(left, right));
    }

    /** Values between 0 and 1, away from both: where every function is smooth. */
    String inside(Feature on) {
        String squashed = op("Sigmoid", op("Mul", on.name(), net.scalar(0.5f)));
        return op("Add", op("Mul", squashed, net.scalar(0.8f)), net.scalar(0.1f));
    }

    /** A reduction, its axes given as this opset has them. */
    String reduce(String operator, String input, boolean keep, long... axes) {
        boolean byInput = opset >= (operator.equals("ReduceSum") ? 13 : 18);
        return byInput
                ? net.op(operator, List.of(input, net.longs(axes)), "keepdims", keep ? 1 : 0)
                : net.op(operator, List.of(input), "axes", axes, "keepdims", keep ? 1 : 0);
    }

    String truth(String condition) {
        return op("Cast", condition, "to", 1);
    }
}
