package io.millrace.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ClassLabels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    @TempDir
    Path folder;

    @Test
    void bindsTheSoleArrayOfBytesToTheSoleInputScaledToOne() throws IOException {
        // given
        new Npz()
                .with("images", Npz.bytes(new int[] {0, 255, 51, 102}, 2, 1, 1, 2))
                .with("labels", labels(1, 0))
                .write(shard(0));

        // when
        Batch batch = only(Dataset.open(folder, model(3L, -1, 1, 1, 2)), BatchOptions.inOrder(8));

        // then
        assertThat(batch.inputs()).containsOnlyKeys("pixels");
        assertThat(batch.inputs().get("pixels").dims()).containsExactly(2, 1, 1, 2);
        assertThat(batch.inputs().get("pixels").floats()).containsExactly(0f, 1f, 0.2f, 0.4f);
        assertThat(batch.labels()).containsExactly(1, 0);
    }

    @Test
    void bringsChannelsLastToChannelsFirstAndNormalizesEachChannel() throws IOException {
        // given
        new Npz()
                .with("images", Npz.bytes(new int[] {10, 20, 30, 40, 50, 60}, 1, 1, 2, 3))
                .write(shard(0));
        Files.writeString(
                folder.resolve("dataset.json"),
                "{\"inputs\":{\"pixels\":{\"array\":\"images\",\"scale\":0.1,\"mean\":[1,2,3],\"std\":[1,2,4]}}}");

        // when
        Batch batch = only(Dataset.open(folder, model(3L, -1, 3, 1, 2)), BatchOptions.inOrder(1));

        // then
        assertThat(batch.inputs().get("pixels").dims()).containsExactly(1, 3, 1, 2);
        assertThat(batch.inputs().get("pixels").floats())
                .containsExactly(new float[] {0, 3, 0, 1.5f, 0, 0.75f}, within(1e-6f));
        assertThat(batch.labels()).isEmpty();
    }

    @Test
    void shufflesOverAllShardsBySeedAndLosesNothing() throws IOException {
        // given
        for (int s = 0; s < 4; s++) {
            int from = s * 25;
            new Npz()
                    .with("x", Tensor.ofFloats(floats(from, 25), 25, 1))
                    .with("y", Tensor.ofLongs(LongStream.range(from, from + 25).toArray(), 25))
                    .write(shard(s));
        }
        Dataset dataset = Dataset.open(folder);

        // when
        List<Long> first = order(dataset, BatchOptions.shuffled(7, 1));
        List<Long> again = order(dataset, BatchOptions.shuffled(16, 1));
        List<Long> other = order(dataset, BatchOptions.shuffled(7, 2));

        // then
        assertThat(first).isEqualTo(again).isNotEqualTo(other).hasSize(100).doesNotHaveDuplicates();
        assertThat(first.subList(0, 20)).anyMatch(l -> l < 25).anyMatch(l -> l > 75);
        assertThat(order(dataset, new BatchOptions(7, null, 30, true)))
                .hasSize(28)
                .isSorted();
    }

    @Test
    void staysWithShardsThatAreNotKeptInMemoryAndStillShufflesThem() {
        // given
        List<Integer> sizes = List.of(10, 0, 5, 20);

        // when
        SampleOrder order = new SampleOrder(sizes, 3L, 0, 1);

        // then
        List<Integer> shards =
                IntStream.range(0, order.size()).mapToObj(order::shard).toList();
        assertThat(shards.stream().distinct()).containsExactlyInAnyOrder(0, 2, 3);
        long changes = IntStream.range(1, shards.size())
                .filter(i -> !shards.get(i).equals(shards.get(i - 1)))
                .count();
        assertThat(changes).isEqualTo(2);
        assertThat(IntStream.range(0, order.size()).mapToObj(i -> order.shard(i) + ":" + order.index(i)))
                .hasSize(35)
                .doesNotHaveDuplicates();
    }

    @Test
    void readsWhatNumPyWrites() throws IOException {
        // given
        try (var file = getClass().getResourceAsStream("/numpy.npz")) {
            Files.copy(file, shard(0));
        }

        // when
        Batch batch = only(Dataset.open(folder), BatchOptions.inOrder(4));

        // then
        assertThat(batch.inputs().get("half").floats()).containsExactly(0.5f, -2f, 65504f, 0.25f);
        assertThat(batch.inputs().get("double").floats()).containsExactly(1.5f, 2.5f);
        assertThat(batch.inputs().get("flags").floats()).containsExactly(1f, 0f);
        assertThat(batch.labels()).containsExactly(7, 3);
    }

    @Test
    void namesFileArrayAndIndexOfALabelOutsideTheClasses() throws IOException {
        // given
        new Npz()
                .with("x", Npz.bytes(new int[] {1, 2}, 2, 1, 1, 1))
                .with("labels", labels(0, 3))
                .write(shard(0));

        // when, then
        assertThatThrownBy(() -> Dataset.open(folder, model(3L, -1, 1, 1, 1)))
                .isInstanceOf(InvalidDataException.class)
                .hasMessageContaining("shard-0.npz")
                .hasMessageContaining("label 3 at index 1 of 'labels'")
                .hasMessageContaining("0 to 2");
    }

    @Test
    void refusesShapesThatDoNotFitTheModel() throws IOException {
        // given
        new Npz().with("x", Npz.bytes(new int[4], 1, 1, 2, 2)).write(shard(0));

        // when, then
        assertThatThrownBy(() -> Dataset.open(folder, model(3L, -1, 3, 8, 8)))
                .isInstanceOf(InvalidDataException.class)
                .hasMessageContaining("'x'")
                .hasMessageContaining("[1, 1, 2, 2]")
                .hasMessageContaining("input 'pixels' takes [N, 3, 8, 8]");
    }

    @Test
    void refusesAnEmptyFolderAndAnEmptySet() throws IOException {
        // when, then
        assertThatThrownBy(() -> Dataset.open(folder)).hasMessageContaining("no data found");

        // given
        new Npz().with("x", Npz.bytes(new int[0], 0, 4)).write(shard(0));

        // when, then
        assertThatThrownBy(() -> Dataset.open(folder)).hasMessageContaining("holds no samples");
    }

    @Test
    void refusesAFileTruncatedAnywhere() throws IOException {
        // given
        Path whole = new Npz()
                .with(
                        "x",
                        Npz.bytes(IntStream.range(0, 400).map(i -> i * 7 % 251).toArray(), 100, 4))
                .write(shard(0));
        byte[] bytes = Files.readAllBytes(whole);

        for (int length = 0; length < bytes.length; length += 5) {
            // when
            Files.write(whole, java.util.Arrays.copyOf(bytes, length));

            // then
            assertThatThrownBy(() -> only(Dataset.open(folder), BatchOptions.inOrder(100)))
                    .isInstanceOf(InvalidDataException.class)
                    .hasMessageContaining("shard-0.npz");
        }
    }

    @Test
    void takesNoMemoryForSizesTheFileCannotHold() throws IOException {
        // given
        String header = Npz.header("|u1", "False", "2000000, 1000");
        new Npz().with("x", header, ByteBuffer.allocate(100)).write(shard(0));

        // when, then
        assertThatThrownBy(() -> only(Dataset.open(folder), BatchOptions.inOrder(1)))
                .isInstanceOf(InvalidDataException.class)
                .hasMessageContaining("truncated");
    }

    @Test
    void saysHowToSaveWhatItDoesNotRead() throws IOException {
        // given
        new Npz()
                .with("x", Npz.header("<c8", "False", "1, 1"), ByteBuffer.allocate(8))
                .write(shard(0));

        // when, then
        assertThatThrownBy(() -> Dataset.open(folder)).hasMessageContaining("array.astype('float32')");
    }

    @Test
    void readsEveryOrderOfBytesAndAxes() throws IOException {
        // given [2, 2, 3] in Fortran order, big-endian, 8 bytes each
        ByteBuffer stored = ByteBuffer.allocate(12 * 8);
        for (int k = 0; k < 3; k++) {
            for (int j = 0; j < 2; j++) {
                for (int i = 0; i < 2; i++) {
                    stored.putDouble(100 * i + 10 * j + k);
                }
            }
        }
        ByteBuffer labels = ByteBuffer.allocate(8).putInt(4).putInt(258).flip();
        new Npz()
                .with("x", Npz.header(">f8", "True", "2, 2, 3"), stored.flip())
                .with("y", Npz.header(">i4", "False", "2,"), labels)
                .write(shard(0));

        // when
        Batch batch = only(Dataset.open(folder), BatchOptions.inOrder(2));

        // then
        assertThat(batch.inputs().get("x").floats()).containsExactly(0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112);
        assertThat(batch.labels()).containsExactly(4, 258);
    }

    @Test
    void labelsAreWholeNumbersOfAnyTypeAlsoAsAColumn() throws IOException {
        // given
        new Npz()
                .with("x", Npz.bytes(new int[4], 2, 2))
                .with("labels", Tensor.ofFloats(new float[] {1, 0}, 2, 1))
                .write(shard(0));

        // when, then
        assertThat(only(Dataset.open(folder), BatchOptions.inOrder(2)).labels()).containsExactly(1, 0);
        assertThat(Dataset.open(folder).labels()).contains(new ClassLabels(0, 1, 0));

        // given
        new Npz()
                .with("x", Npz.bytes(new int[4], 2, 2))
                .with("labels", Tensor.ofFloats(new float[] {1, 0.5f}, 2, 1))
                .write(shard(0));

        // when, then
        assertThatThrownBy(() -> only(Dataset.open(folder), BatchOptions.inOrder(2)))
                .hasMessageContaining("label 0.5 at index 1 of 'labels' is no class index")
                .hasMessageContaining("{\"labels\":{\"kind\":\"none\"}}");
    }

    @Test
    void bytesForAnInputOfIntegersAreBroughtToChannelsFirst() throws IOException {
        // given two pixels of three channels
        new Npz().with("x", Npz.bytes(new int[] {1, 2, 3, 4, 5, 6}, 1, 1, 2, 3)).write(shard(0));

        // when
        Batch batch = only(Dataset.open(folder, model(ElementType.UINT8, 3, -1, 3, 1, 2)), BatchOptions.inOrder(1));

        // then
        assertThat(batch.inputs().get("pixels").dims()).containsExactly(1, 3, 1, 2);
        assertThat(batch.inputs().get("pixels").longs()).containsExactly(1, 4, 2, 5, 3, 6);
    }

    @Test
    void whatWouldChangeIntegersIsRefused() throws IOException {
        new Npz().with("x", Npz.bytes(new int[6], 1, 3, 1, 2)).write(shard(0));
        Files.writeString(folder.resolve("dataset.json"), "{\"inputs\":{\"pixels\":{\"mean\":[0.5]}}}");

        assertThatThrownBy(() -> Dataset.open(folder, model(ElementType.UINT8, 3, -1, 3, 1, 2)))
                .isInstanceOf(InvalidDataException.class)
                .hasMessageContaining("inputs.pixels: scale, mean and std are of inputs in floating point");
    }

    @Test
    void aWideFlatInputTakesNoTables() throws IOException {
        // given
        int width = 200_000;
        new Npz().with("x", Npz.bytes(new int[width], 1, width)).write(shard(0));
        long before = usedHeap();

        // when
        Dataset dataset = Dataset.open(folder, model(3L, -1, width));

        // then a table for each number of a sample would take 205 MB
        assertThat(usedHeap() - before).isLessThan(50L << 20);
        assertThat(only(dataset, BatchOptions.inOrder(1)).inputs().get("pixels").count())
                .isEqualTo(width);
    }

    @Test
    void aLastBatchIsFilledUpOrRefusedButNeverNoBatch() throws IOException {
        // given
        new Npz()
                .with("x", Tensor.ofFloats(floats(0, 5), 5, 1))
                .with("labels", labels(0, 1, 2, 3, 4))
                .write(shard(0));
        Dataset dataset = Dataset.open(folder);

        // when, then
        assertThat(order(dataset, BatchOptions.inOrder(8).fillingLast()))
                .containsExactly(0L, 1L, 2L, 3L, 4L, 0L, 1L, 2L);
        assertThat(order(dataset, BatchOptions.inOrder(3).fillingLast())).containsExactly(0L, 1L, 2L, 3L, 4L, 0L);
        assertThatThrownBy(() -> dataset.batches(new BatchOptions(8, null, 0, true)))
                .isInstanceOf(InvalidDataException.class)
                .hasMessageContaining("5 samples make no batch of 8");
    }

    @Test
    void whatADrawTookAndWhatItLeftAreTheWhole() {
        // given
        List<Integer> sizes = List.of(30, 1, 19);
        BatchOptions all = BatchOptions.shuffled(8, 5);

        // when
        SampleOrder drawn = new SampleOrder(sizes, 9L, 20, 3);
        SampleOrder only = new SampleOrder(sizes, 5L, 0, 3, all.onlyDrawn(9, 20).part());
        SampleOrder others =
                new SampleOrder(sizes, null, 0, 3, all.withoutDrawn(9, 20).part());

        // then
        assertThat(positions(only)).containsExactlyInAnyOrderElementsOf(positions(drawn));
        assertThat(positions(others)).hasSize(30).isSorted().doesNotContainAnyElementsOf(positions(drawn));
    }

    private static List<Integer> positions(SampleOrder order) {
        return IntStream.range(0, order.size()).mapToObj(order::position).toList();
    }

    @Test
    void aLimitedChoiceIsDrawnFromAllShardsAlsoWhereTheyDoNotFitIntoMemory() {
        // given twenty shards of a hundred
        List<Integer> sizes = java.util.Collections.nCopies(20, 100);

        // when
        SampleOrder order = new SampleOrder(sizes, 5L, 200, 3);

        // then
        Map<Integer, Long> perShard = IntStream.range(0, order.size())
                .boxed()
                .collect(Collectors.groupingBy(order::shard, Collectors.counting()));
        assertThat(perShard).hasSize(20);
        assertThat(perShard.values()).allMatch(count -> count < 30);
        List<Integer> shards =
                IntStream.range(0, order.size()).mapToObj(order::shard).toList();
        assertThat(IntStream.range(1, 200)
                        .filter(i -> !shards.get(i).equals(shards.get(i - 1)))
                        .count())
                .as("mixed within groups of three")
                .isGreaterThan(100);
        for (int i = 0; i + 40 < 200; i += 20) {
            assertThat(shards.subList(i, i + 20).stream().distinct().count()).isLessThanOrEqualTo(6);
        }
    }

    @Test
    void namesFaultsOfTheDescriptionByField() throws IOException {
        new Npz().with("x", Npz.bytes(new int[4], 1, 4)).write(shard(0));

        assertThat(faultOf("{\"label\":{\"array\":\"y\"}}"))
                .endsWith("label: unknown field; there are [format, inputs, labels, outputs]");
        assertThat(faultOf("{\"inputs\":{\"x\":{\"mean\":[0.1,\"a\"]}}}"))
                .endsWith("inputs.x.mean[1]: \"a\" is no number");
        assertThat(faultOf("{\"inputs\":{\"x\":{\"mean\":0.1}}}")).endsWith("inputs.x.mean: must be a list");
        assertThat(faultOf("{\"labels\":\"y\"}")).endsWith("labels: must be an object with named fields");
        assertThat(faultOf("{\"outputs\":{\"y\":\"class-score\"}}"))
                .contains("outputs.y: 'class-score' is no kind of output; there are class-scores,");
        assertThat(faultOf("{\"labels\": {,")).contains("no JSON: line 1, column");
    }

    private String faultOf(String description) throws IOException {
        Files.writeString(folder.resolve("dataset.json"), description);
        return catchThrowableOfType(InvalidDataException.class, () -> Dataset.open(folder))
                .getMessage();
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void anIterationLeftEarlyEndsItsThread() throws Exception {
        // given
        new Npz().with("x", Npz.bytes(new int[400], 100, 4)).write(shard(0));
        Batches batches = Dataset.open(folder).batches(BatchOptions.inOrder(1));
        batches.iterator().next();

        // when
        batches.close();

        // then
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (Thread.getAllStackTraces().keySet().stream()
                .anyMatch(t -> t.getName().equals("millrace-decoder"))) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    private Path shard(int number) {
        return folder.resolve("shard-" + number + ".npz");
    }

    private static Tensor labels(long... values) {
        return Tensor.ofLongs(values, values.length);
    }

    private static float[] floats(int from, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = from + i;
        }
        return values;
    }

    private static List<Long> order(Dataset dataset, BatchOptions options) {
        List<Long> seen = new ArrayList<>();
        for (Batch batch : dataset.batches(options)) {
            float[] values = batch.inputs().get("x").floats();
            for (int i = 0; i < batch.size(); i++) {
                assertThat(values[i]).isEqualTo(batch.labels()[i]);
                seen.add(batch.labels()[i]);
            }
        }
        return seen;
    }

    private static Batch only(Dataset dataset, BatchOptions options) {
        List<Batch> all = new ArrayList<>();
        dataset.batches(options).forEach(all::add);
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    private static OnnxModel model(long classes, long... dims) {
        return model(ElementType.FLOAT, classes, dims);
    }

    private static OnnxModel model(ElementType type, long classes, long... dims) {
        return OnnxReader.of(ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(GraphProto.newBuilder()
                        .setName("graph")
                        .addInput(typed(value("pixels", dims), type))
                        .addOutput(value("scores", -1, classes))
                        .addNode(NodeProto.newBuilder()
                                .setOpType("Flatten")
                                .addInput("pixels")
                                .addOutput("scores")))
                .build());
    }

    private static ValueInfoProto typed(ValueInfoProto value, ElementType type) {
        ValueInfoProto.Builder typed = value.toBuilder();
        typed.getTypeBuilder().getTensorTypeBuilder().setElemType(type.code());
        return typed.build();
    }

    private static ValueInfoProto value(String name, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDim(
                    dim < 0
                            ? TensorShapeProto.Dimension.newBuilder().setDimParam("N")
                            : TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)))
                .build();
    }
}
