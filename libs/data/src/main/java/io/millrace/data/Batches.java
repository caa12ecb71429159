package io.millrace.data;

import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A data set as batches. Each iterator starts a thread that decodes a few batches ahead; it ends with the iteration,
 * or when this is closed, so close it where an iteration may be left early. Shards that are small stay in memory for
 * further iterations of the same object.
 */
public final class Batches implements Iterable<Batch>, AutoCloseable {
    private final List<ArrayInput> inputs;
    private final BatchOptions options;
    private final boolean labelled;
    private final ShardCache cache;
    private final SampleOrder order;
    private final int samples;
    private volatile BatchesAhead running;

    Batches(List<Shard> shards, List<ArrayInput> inputs, String labelArray, BatchOptions options) {
        this.inputs = inputs;
        this.options = options;
        this.labelled = labelArray != null;
        List<String> arrays = inputs.stream().map(ArrayInput::array).distinct().toList();
        this.cache = new ShardCache(shards, arrays, labelArray);
        List<Integer> sizes =
                shards.stream().map(s -> s.array(arrays.get(0)).samples()).toList();
        this.order = new SampleOrder(sizes, options.shuffleSeed(), cache.keepsAll());
        int wanted = options.limit() > 0 ? (int) Math.min(options.limit(), order.size()) : order.size();
        this.samples = options.dropLast() ? wanted - wanted % options.size() : wanted;
    }

    /** Batches in one iteration. */
    public int count() {
        return (samples + options.size() - 1) / options.size();
    }

    /** Samples in one iteration. */
    public int samples() {
        return samples;
    }

    @Override
    public Iterator<Batch> iterator() {
        close();
        running = new BatchesAhead(this::decode, count());
        return running;
    }

    private Batch decode(int number) {
        int from = number * options.size();
        int size = Math.min(options.size(), samples - from);
        ShardCache.Loaded[] shards = new ShardCache.Loaded[size];
        int[] index = new int[size];
        long[] labels = new long[labelled ? size : 0];
        long[] positions = new long[size];
        for (int i = 0; i < size; i++) {
            shards[i] = cache.get(order.shard(from + i));
            index[i] = order.index(from + i);
            positions[i] = order.position(from + i);
            if (labelled) {
                labels[i] = shards[i].labels()[index[i]];
            }
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (ArrayInput input : inputs) {
            ByteBuffer[] raw = new ByteBuffer[size];
            for (int i = 0; i < size; i++) {
                raw[i] = shards[i].arrays().get(input.array());
            }
            tensors.put(input.input(), input.gather(raw, index, size));
        }
        return new Batch(tensors, labels, size, positions);
    }

    @Override
    public void close() {
        BatchesAhead current = running;
        if (current != null) {
            current.stop();
        }
    }
}
