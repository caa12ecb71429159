package io.millrace.data;

import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A data set as batches. Each iterator starts a thread that decodes a few batches ahead; it ends with the iteration,
 * or when this is closed, so close it where an iteration may be left early. A new iteration ends the one before, which
 * says so to whoever still reads it.
 */
public final class Batches implements Iterable<Batch>, AutoCloseable {
    private final List<Shard> shards;
    private final List<ArrayInput> inputs;
    private final BatchOptions options;
    private final String labelArray;
    private final SampleOrder order;
    private final int samples;
    private final Map<Integer, long[]> labels = new ConcurrentHashMap<>();
    private volatile BatchesAhead running;

    /** The arrays of one shard. {@code labels} is empty where there are none. */
    private record Loaded(Map<String, ByteBuffer> arrays, long[] labels) {}

    /** @throws InvalidDataException if there is not one batch */
    Batches(List<Shard> shards, List<ArrayInput> inputs, String labelArray, BatchOptions options) {
        this.shards = shards;
        this.inputs = inputs;
        this.options = options;
        this.labelArray = labelArray;
        List<Integer> sizes = shards.stream()
                .map(s -> s.array(inputs.get(0).array()).samples())
                .toList();
        this.order = new SampleOrder(sizes, options.shuffleSeed(), options.limit(), together(), options.part());
        int size = options.size();
        this.samples = switch (options.last()) {
            case SHORT -> order.size();
            case DROPPED -> order.size() - order.size() % size;
            case FILLED -> Math.multiplyExact((order.size() + size - 1) / size, size);
        };
        if (samples == 0) {
            throw new InvalidDataException("%s: %d samples make no batch of %d; use a smaller batch or more data"
                    .formatted(shards.get(0).file().getParent(), order.size(), size));
        }
    }

    /** How many shards may be in memory at a time. */
    private int together() {
        long largest = shards.stream()
                .mapToLong(shard -> inputs.stream()
                        .map(ArrayInput::array)
                        .distinct()
                        .mapToLong(array -> shard.array(array).bytes())
                        .sum())
                .max()
                .orElse(0);
        return (int) Math.max(1, Math.min(shards.size(), ShardMemory.BOUND / Math.max(1, largest)));
    }

    /** Batches in one iteration; at least one. */
    public int count() {
        return (samples + options.size() - 1) / options.size();
    }

    /** Samples in one iteration, those that fill up the last batch included. */
    public int samples() {
        return samples;
    }

    @Override
    public Iterator<Batch> iterator() {
        if (running != null) {
            running.stop("another iteration over the same batches has begun");
        }
        running = new BatchesAhead(this::decode, count());
        return running;
    }

    private Batch decode(int number) {
        int from = number * options.size();
        int size = Math.min(options.size(), samples - from);
        Loaded[] loaded = new Loaded[size];
        int[] index = new int[size];
        long[] classes = new long[labelArray != null ? size : 0];
        long[] positions = new long[size];
        Map<Integer, Loaded> here = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            int sample = (from + i) % order.size();
            loaded[i] = here.computeIfAbsent(order.shard(sample), this::load);
            index[i] = order.index(sample);
            positions[i] = order.position(sample);
            if (labelArray != null) {
                classes[i] = loaded[i].labels()[index[i]];
            }
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (ArrayInput input : inputs) {
            ByteBuffer[] raw = new ByteBuffer[size];
            for (int i = 0; i < size; i++) {
                raw[i] = loaded[i].arrays().get(input.array());
            }
            tensors.put(input.input(), input.gather(raw, index, size));
        }
        return new Batch(tensors, classes, size, positions);
    }

    private Loaded load(int number) {
        Shard shard = shards.get(number);
        Map<String, ByteBuffer> values = new LinkedHashMap<>();
        inputs.forEach(input -> values.put(input.array(), ShardMemory.shared().get(shard, input.array())));
        return new Loaded(
                values,
                labelArray == null
                        ? new long[0]
                        : labels.computeIfAbsent(number, n -> LabelArray.read(shard, labelArray)));
    }

    @Override
    public void close() {
        BatchesAhead current = running;
        if (current != null) {
            current.stop("the batches were closed");
        }
    }
}
