package io.millrace.svd.calibration;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.svd.layer.Layer;
import java.util.Arrays;
import java.util.Random;

/**
 * What one group of a layer is multiplied by, at positions drawn at random: for a convolution the patch of its input at
 * an output position, {@code [inputs, taps]}, zero outside the map; for all others, and where only channels are asked
 * for, the channels at one position of the input.
 */
final class Patches {
    private final Layer layer;
    private final Node node;
    private final boolean channelsOnly;

    Patches(Layer layer, Node node, boolean channelsOnly) {
        this.layer = layer;
        this.node = node;
        this.channelsOnly = channelsOnly || layer.kind() != Layer.Kind.CONVOLUTION;
    }

    /** Numbers in a row. */
    int size() {
        return channelsOnly ? layer.inputs() : layer.inputs() * layer.taps();
    }

    /**
     * Rows of a batch, group after group.
     *
     * @param x what the node reads
     * @param perSample positions drawn of each sample; all of them where there are no more
     * @return {@code [groups][count x size]}
     */
    float[][] rows(Tensor x, int perSample, Random random) {
        return layer.kind() == Layer.Kind.MATRIX ? lastAxis(x, perSample, random) : maps(x, perSample, random);
    }

    private float[][] lastAxis(Tensor x, int perSample, Random random) {
        float[] values = x.floats();
        int size = layer.inputs();
        int samples = (int) x.dim(0);
        int positions = values.length / size / Math.max(1, samples);
        int drawn = Math.min(perSample, positions);
        float[] rows = new float[samples * drawn * size];
        int at = 0;
        for (int n = 0; n < samples; n++) {
            for (int position : draw(positions, drawn, random)) {
                System.arraycopy(values, (n * positions + position) * size, rows, at, size);
                at += size;
            }
        }
        return new float[][] {rows};
    }

    private float[][] maps(Tensor x, int perSample, Random random) {
        float[] values = x.floats();
        PatchWindow window = channelsOnly ? PatchWindow.point(x) : PatchWindow.of(layer, node, x);
        int samples = (int) x.dim(0);
        int channels = (int) x.dim(1);
        int drawn = Math.min(perSample, window.positions());
        int taps = window.taps();
        float[][] rows = new float[layer.groups()][samples * drawn * size()];
        int[] sources = new int[taps];
        int row = 0;
        for (int n = 0; n < samples; n++) {
            for (int position : draw(window.positions(), drawn, random)) {
                window.sources(position, sources);
                for (int c = 0; c < channels; c++) {
                    float[] target = rows[c / layer.inputs()];
                    int from = (n * channels + c) * window.map();
                    int to = row * size() + c % layer.inputs() * taps;
                    for (int k = 0; k < taps; k++) {
                        target[to + k] = sources[k] < 0 ? 0 : values[from + sources[k]];
                    }
                }
                row++;
            }
        }
        return rows;
    }

    /** Different positions; all of them where all are wanted. */
    private static int[] draw(int positions, int drawn, Random random) {
        int[] all = new int[positions];
        for (int i = 0; i < positions; i++) {
            all[i] = i;
        }
        for (int i = 0; i < drawn && drawn < positions; i++) {
            int other = i + random.nextInt(positions - i);
            int swap = all[i];
            all[i] = all[other];
            all[other] = swap;
        }
        return Arrays.copyOf(all, drawn);
    }
}
