package io.millrace.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxTest {
    private static final byte[] IMAGES = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, (byte) 255, 51, 102};
    private static final byte[] LABELS = {0, 0, 8, 1, 0, 0, 0, 2, 9, 4};

    @TempDir
    Path folder;

    @Test
    void readsImagesAndLabelsPlainOrGzipped() throws IOException {
        // given
        gzip("t10k-images-idx3-ubyte.gz", IMAGES);
        Files.write(folder.resolve("t10k-labels-idx1-ubyte"), LABELS);

        // when
        Batch batch =
                Dataset.open(folder).batches(BatchOptions.inOrder(2)).iterator().next();

        // then
        assertThat(batch.inputs().get("images").dims()).containsExactly(2, 1, 1, 2);
        assertThat(batch.inputs().get("images").floats()).containsExactly(0f, 1f, 0.2f, 0.4f);
        assertThat(batch.labels()).containsExactly(9, 4);
    }

    @Test
    void refusesTruncatedFilesAndMixedSets() throws IOException {
        // given
        Files.write(folder.resolve("train-images-idx3-ubyte"), java.util.Arrays.copyOf(IMAGES, 18));
        Dataset dataset = Dataset.open(folder);

        // when, then
        assertThatThrownBy(() ->
                        dataset.batches(BatchOptions.inOrder(2)).iterator().next())
                .isInstanceOf(InvalidDataException.class)
                .hasMessageContaining("train-images-idx3-ubyte: truncated");

        // given
        gzip("t10k-images-idx3-ubyte.gz", IMAGES);

        // when, then
        assertThatThrownBy(() -> Dataset.open(folder)).hasMessageContaining("a training and a test set");
    }

    private void gzip(String name, byte[] content) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve(name)))) {
            out.write(content);
        }
    }
}
