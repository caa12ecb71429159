package io.millrace.finetune;

import io.millrace.contracts.method.FinetuneParameters.Augmentation;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Mirrors and shifts images [N, C, H, W]; what a shift uncovers is zero. Other inputs stay as they are. */
final class ImageAugmentation {
    private final Augmentation settings;

    ImageAugmentation(Augmentation settings) {
        this.settings = settings;
    }

    Map<String, Tensor> of(Map<String, Tensor> inputs, long seed) {
        if (!settings.any()) {
            return inputs;
        }
        Map<String, Tensor> changed = new LinkedHashMap<>();
        inputs.forEach((name, tensor) -> changed.put(
                name, tensor.rank() == 4 && tensor.type() == ElementType.FLOAT ? changed(tensor, seed) : tensor));
        return changed;
    }

    private Tensor changed(Tensor images, long seed) {
        Random random = new Random(seed);
        int channels = (int) images.dim(1);
        int height = (int) images.dim(2);
        int width = (int) images.dim(3);
        FloatBuffer source = images.bytes().asFloatBuffer();
        ByteBuffer bytes = ByteBuffer.allocateDirect(images.bytes().remaining()).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer target = bytes.asFloatBuffer();
        int at = 0;
        for (int n = 0; n < images.dim(0); n++) {
            boolean mirrored = random.nextBoolean() && settings.flip();
            int down = random.nextInt(2 * settings.shift() + 1) - settings.shift();
            int right = random.nextInt(2 * settings.shift() + 1) - settings.shift();
            for (int c = 0; c < channels; c++, at += height * width) {
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        int fromY = y - down;
                        int fromX = (mirrored ? width - 1 - x : x) - right;
                        boolean inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
                        target.put(at + y * width + x, inside ? source.get(at + fromY * width + fromX) : 0);
                    }
                }
            }
        }
        return Tensor.of(ElementType.FLOAT, bytes, images.dims());
    }
}
