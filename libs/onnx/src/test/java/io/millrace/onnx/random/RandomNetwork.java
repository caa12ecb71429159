package io.millrace.onnx.random;

import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A network made of a list of steps: every operator whose channels can be followed, in the structures that networks have.
 *
 * @param blocks what it is made of, for people
 */
public record RandomNetwork(String blocks, OnnxModel model) {
    private static final int[] OPSETS = {17, 13, 21, 24};
    private static final int SIZE = 6;
    private static final Map<String, Block> BLOCKS = new LinkedHashMap<>();

    static {
        LayerBlocks.addTo(BLOCKS);
        ElementwiseBlocks.addTo(BLOCKS);
        MovementBlocks.addTo(BLOCKS);
        NormalizationBlocks.addTo(BLOCKS);
    }

    /** How many blocks there are to choose from. */
    static int choices() {
        return BLOCKS.size();
    }

    /**
     * Draws a network.
     *
     * @param start what it begins with: opset, batch, inputs, width
     * @param steps its blocks
     * @param end what reads the last value
     */
    static RandomNetwork of(Step start, List<Step> steps, Step end) {
        Canvas canvas = new Canvas(OPSETS[Math.floorMod(start.block(), OPSETS.length)], steps.hashCode());
        canvas.at(start);
        begin(canvas, start.on());
        List<String> names = new ArrayList<>(BLOCKS.keySet());
        StringBuilder blocks = new StringBuilder("opset " + canvas.opset + " " + start);
        for (Step step : steps) {
            String name = names.get(Math.floorMod(step.block(), names.size()));
            blocks.append("\n    ").append(name).append(' ').append(step);
            canvas.at(step);
            BLOCKS.get(name).draw(canvas, canvas.back(step.on()));
        }
        canvas.at(end);
        head(canvas, canvas.back(0), end.block());
        if (end.on() % 3 == 2) {
            head(canvas, canvas.back(1), end.block() + 1);
        }
        return new RandomNetwork(blocks.append("\n    end ").append(end).toString(), canvas.net.model());
    }

    /** A network of one block between two convolutions. */
    public static OnnxModel ofBlock(String name, int opset, Step choices) {
        Canvas canvas = new Canvas(opset, name.hashCode());
        canvas.at(new Step(0, 0, 0, 2, 0));
        begin(canvas, 0);
        canvas.at(choices);
        BLOCKS.get(name).draw(canvas, canvas.back(0));
        canvas.at(choices);
        head(canvas, canvas.back(0), 3);
        return canvas.net.model();
    }

    /** The names of all blocks. */
    public static Set<String> names() {
        return new TreeSet<>(BLOCKS.keySet());
    }

    private static void begin(Canvas canvas, int inputs) {
        Net net = canvas.net;
        int batch = canvas.pick(3) == 1 ? 2 : -1;
        int width = 4 * (1 + canvas.pick(3));
        String x = net.input("x", batch, 3, SIZE, SIZE);
        canvas.leave(new Feature(net.conv(x, 3, width, 3), width, SIZE));
        if (inputs % 3 == 1) {
            canvas.leave(new Feature(net.relu(net.conv(x, 3, width, 1)), width, SIZE));
        }
        if (inputs % 3 == 2) {
            String y = net.input("y", batch, 3, SIZE, SIZE);
            canvas.leave(new Feature(net.conv(y, 3, width, 1), width, SIZE));
        }
    }

    private static void head(Canvas canvas, Feature on, int kind) {
        Net net = canvas.net;
        int all = on.channels() * on.size() * on.size();
        switch (Math.floorMod(kind, 4)) {
            case 0 ->
                net.output(
                        net.linear(canvas.op("Flatten", canvas.op("GlobalAveragePool", on.name())), on.channels(), 3));
            case 1 -> net.output(net.linear(canvas.op("Flatten", on.name()), all, 3));
            case 2 -> net.output(net.linear(net.reshape(net.transpose(on.name(), 0, 2, 3, 1), -1, all), all, 3));
            default -> net.output(net.conv(on.name(), on.channels(), 2, 3));
        }
    }

    @Override
    public String toString() {
        return blocks;
    }
}
