package io.millrace.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.method.FinetuneParameters.Augmentation;
import io.millrace.onnx.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImageAugmentationTest {
    private static final int CHANNELS = 2;
    private static final int HEIGHT = 4;
    private static final int WIDTH = 5;
    private static final int PIXELS = CHANNELS * HEIGHT * WIDTH;

    /** Every image comes out as one of all that are allowed, each about as often as any other. */
    @Test
    void imagesAreMirroredAndShiftedAsOftenEachWay() {
        Augmentation settings = new Augmentation(true, 1);
        float[] image = image();
        Map<List<Float>, String> allowed = new LinkedHashMap<>();
        for (boolean flip : new boolean[] {false, true}) {
            for (int down = -1; down <= 1; down++) {
                for (int right = -1; right <= 1; right++) {
                    float[] made = shifted(image, down, right);
                    allowed.put(list(flip ? mirrored(made) : made), flip + " " + down + " " + right);
                }
            }
        }
        assertThat(allowed).hasSize(18);
        int images = 1800;
        float[] batch = new float[images * PIXELS];
        for (int n = 0; n < images; n++) {
            System.arraycopy(image, 0, batch, n * PIXELS, PIXELS);
        }

        float[] out = augmented(settings, batch, images, 3);

        Map<String, Integer> seen = new HashMap<>();
        for (int n = 0; n < images; n++) {
            List<Float> one = list(Arrays.copyOfRange(out, n * PIXELS, (n + 1) * PIXELS));
            assertThat(allowed).containsKey(one);
            seen.merge(allowed.get(one), 1, Integer::sum);
        }
        assertThat(seen).hasSize(18);
        assertThat(seen.values()).allSatisfy(count -> assertThat(count).isBetween(60, 150));
    }

    @Test
    void withoutFlippingNoneIsMirrored() {
        float[] image = image();

        for (long seed = 0; seed < 50; seed++) {
            float[] out = augmented(new Augmentation(false, 1), image, 1, seed);
            boolean found = false;
            for (int down = -1; down <= 1; down++) {
                for (int right = -1; right <= 1; right++) {
                    found |= Arrays.equals(out, shifted(image, down, right));
                }
            }
            assertThat(found).isTrue();
        }
    }

    @Test
    void theSameSeedGivesTheSameImagesAndAnotherOthers() {
        Augmentation settings = new Augmentation(true, 2);
        float[] images = new float[20 * PIXELS];
        for (int i = 0; i < images.length; i++) {
            images[i] = i + 1;
        }

        assertThat(augmented(settings, images, 20, 5)).isEqualTo(augmented(settings, images, 20, 5));
        assertThat(augmented(settings, images, 20, 5)).isNotEqualTo(augmented(settings, images, 20, 6));
    }

    @Test
    void whatIsNoImageStaysAsItIs() {
        Tensor numbers = Tensor.ofFloats(new float[] {1, 2, 3}, 1, 3);
        Tensor indices = Tensor.ofLongs(new long[] {1, 2, 3, 4}, 1, 1, 2, 2);
        Map<String, Tensor> inputs = Map.of("numbers", numbers, "indices", indices);

        assertThat(new ImageAugmentation(new Augmentation(true, 1)).of(inputs, 1))
                .isEqualTo(inputs);
        assertThat(new ImageAugmentation(new Augmentation(false, 0)).of(inputs, 1))
                .isSameAs(inputs);
    }

    private static float[] augmented(Augmentation settings, float[] images, int count, long seed) {
        Tensor tensor = Tensor.ofFloats(images, count, CHANNELS, HEIGHT, WIDTH);
        return new ImageAugmentation(settings)
                .of(Map.of("x", tensor), seed)
                .get("x")
                .floats();
    }

    /** No two of its mirrored and shifted forms are equal. */
    private static float[] image() {
        Random random = new Random(2);
        float[] image = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            image[i] = 1 + random.nextFloat();
        }
        return image;
    }

    private static float[] shifted(float[] image, int down, int right) {
        float[] out = new float[PIXELS];
        for (int c = 0; c < CHANNELS; c++) {
            for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                    if (y + down >= 0 && y + down < HEIGHT && x + right >= 0 && x + right < WIDTH) {
                        out[(c * HEIGHT + y + down) * WIDTH + x + right] = image[(c * HEIGHT + y) * WIDTH + x];
                    }
                }
            }
        }
        return out;
    }

    private static float[] mirrored(float[] image) {
        float[] out = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            out[i / WIDTH * WIDTH + WIDTH - 1 - i % WIDTH] = image[i];
        }
        return out;
    }

    private static List<Float> list(float[] values) {
        List<Float> list = new java.util.ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }
}
