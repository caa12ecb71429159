package io.millrace.standalone.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.millrace.artifacts.Sha256;
import io.millrace.contracts.Json;
import io.millrace.standalone.launcher.Launcher.Ended;
import io.millrace.standalone.launcher.Launcher.Running;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./millrace up}, and all that others do to it from outside. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class UpIT {
    private static final Path PYTHON_CLIENT =
            Path.of("../examples/clients/kafka_client.py").toAbsolutePath().normalize();

    private Path folder;
    private Launcher launcher;
    private Running up;
    private String url;
    private Path job;
    private String jobId;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        this.folder = folder;
        job = QuickJob.in(folder.resolve("somewhere else"));
        launcher = new Launcher(folder.resolve("here"));
        try (ServerSocket taken = occupy(9092)) {
            up = launcher.start("up", "--port", "0");
            up.await("Millrace is up");
        }
        url = up.await("REST +(http://localhost:\\d+)");
        launcher.with("MILLRACE_URL", url);
    }

    @AfterAll
    void kill() {
        up.close();
    }

    @Test
    @Order(1)
    void saysAllAddressesAndLeavesThemForClients() throws IOException {
        int kafka = Integer.parseInt(up.await("Kafka +localhost:(\\d+)"));
        assertThat(kafka).as("the next free one, as 9092 is taken").isBetween(9093, 9192);
        assertThat(up.await("S3 +http://127.0.0.1:(\\d+)")).isNotBlank();
        for (String name : List.of("client.properties", "client.env", "client.json")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state(name))))
                    .isEqualTo("rw-------");
        }
        assertThat(Files.readString(state("client.env")))
                .contains("MILLRACE_URL='" + url + "'", "AWS_SECRET_ACCESS_KEY");
        assertThat(client().path("kafka").asText()).isEqualTo("localhost:" + kafka);
    }

    @Test
    @Order(2)
    void theSecondThingANewcomerDoesWorks() throws Exception {
        // when he submits a job with local files, watches it, and takes the result home
        Ended submitted = launcher.run("submit", job.toString()).exits(0).says("uploading");
        jobId = submitted.out().lines().reduce((first, last) -> last).orElseThrow();
        Ended watched = launcher.run("watch", jobId).exits(0);
        Ended downloaded = launcher.run("download", jobId, "--out", "out").exits(0);

        // then it is there, whole
        assertThat(watched.out().strip().lines().reduce((first, last) -> last).orElseThrow())
                .startsWith("The objective was met");
        Path chosen = folder.resolve("here/out/quick/chosen.onnx");
        assertThat(downloaded.out()).contains(chosen.toRealPath().toString());
        JsonNode report = Json.mapper()
                .readTree(folder.resolve("here/out/quick/report.json").toFile());
        assertThat(report.at("/job/candidates/0/model/sha256").asText()).isEqualTo(Sha256.of(chosen));
        String release = report.path("millrace").asText();
        assertThat(release).matches("\\d+\\.\\d+\\.\\d+.*");
        launcher.run("--version").exits(0).says("millrace " + release);
        launcher.run("status", jobId).exits(0).says("channel-pruning");
        launcher.run("status").exits(0).says(jobId);
        launcher.run("cancel", jobId).exits(2).says("has ended already (completed");

        // and nothing is sent twice
        String again =
                launcher.run("submit", job.toString(), "--watch").exits(0).out();
        assertThat(again).doesNotContain("uploading");
    }

    @Test
    @Order(3)
    void aPlainJavaClientOfKafkaGetsFromARecordToTheEnd() throws Exception {
        Properties settings = new Properties();
        try (Reader file = Files.newBufferedReader(state("client.properties"))) {
            settings.load(file);
        }
        Properties reading = new Properties();
        reading.putAll(settings);
        reading.put("group.id", "plain");
        reading.put("auto.offset.reset", "earliest");
        String value = Json.mapper()
                .createObjectNode()
                .put("jobId", "plain-java")
                .set("spec", storedSpec())
                .toString();
        ProducerRecord<String, String> record = new ProducerRecord<>("millrace.jobs", "plain-java", value);
        Map.of(
                        "ce_specversion", "1.0",
                        "ce_id", "1",
                        "ce_source", "/test",
                        "ce_type", "io.millrace.job.submitted.v1",
                        "ce_subject", "plain-java",
                        "content-type", "application/json")
                .forEach((name, header) -> record.headers().add(name, header.getBytes(StandardCharsets.UTF_8)));

        List<String> types = new ArrayList<>();
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
                var consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
            producer.send(record).get();
            consumer.subscribe(List.of("millrace.job-events"));
            long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
            while (System.nanoTime() < until && !types.contains("io.millrace.job.completed.v1")) {
                for (ConsumerRecord<String, String> event : consumer.poll(Duration.ofMillis(200))) {
                    if (event.key().equals("plain-java")) {
                        types.add(
                                new String(event.headers().lastHeader("ce_type").value(), StandardCharsets.UTF_8));
                    }
                }
            }
        }

        assertThat(types)
                .containsSubsequence(
                        "io.millrace.job.accepted.v1",
                        "io.millrace.candidate.evaluated.v1",
                        "io.millrace.job.completed.v1");
    }

    @Test
    @Order(3)
    void aPlainPythonClientOfKafkaGetsFromARecordToTheEnd() throws Exception {
        String python = System.getenv().getOrDefault("MILLRACE_TEST_PYTHON", "python3");
        assumeTrue(
                runs(python, "-c", "import confluent_kafka"),
                "no Python with confluent-kafka at hand: .ci/run makes one, MILLRACE_TEST_PYTHON names one");

        Ended ended = launcher.start(List.of(
                        python,
                        PYTHON_CLIENT.toString(),
                        state("client.json").toString(),
                        storedSpec().toString()))
                .end();

        ended.exits(0).says("job.completed {\"objectiveMet\": true");
    }

    @Test
    @Order(4)
    void whatIsWrongIsSaid() throws Exception {
        launcher.run("cancel", "nobody").exits(2).says("there is no job nobody at " + url);
        launcher.run("watch", "nobody").exits(2).says("there is no job nobody at " + url);
        launcher.run("download", "nobody").exits(2).says("there is no job nobody");
        launcher.run("status", "--url", "localhost:1").exits(2).says("is no address of an installation");
        launcher.run("cancel", jobId, "--url", "http://localhost:1")
                .exits(2)
                .says("nothing answers at http://localhost:1");
        launcher.run("download", jobId, "--out", "/proc/nowhere").exits(2).says("/proc/nowhere");
        for (String command : List.of("run " + job, "up")) {
            launcher.run(command.split(" ", 2))
                    .exits(2)
                    .says("is in use by a running Millrace, process " + up.pid() + ", which answers at " + url)
                    .says("--state")
                    .says("--port");
        }
        String port = url.substring(url.lastIndexOf(':') + 1);
        launcher.run("up", "--state", "other", "--port", port)
                .exits(2)
                .says("Port " + port + " for REST is in use")
                .says("--port PORT");
        launcher.run("submit", "nothing.yaml").exits(2).says("no such file");
        Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "model: s3://millrace/x.onnx\nrecipe: []\n");
        launcher.run("submit", wrong.toString()).exits(2).says("recipe:").says("data:");
    }

    @Test
    @Order(4)
    void whatIsNotMillraceIsTold() throws Exception {
        Map<String, String> answers = Map.of("text/html", "<html>hello</html>", "application/json", "[1, 2");
        for (int status : new int[] {200, 404, 500}) {
            for (Map.Entry<String, String> answer : answers.entrySet()) {
                HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
                other.createContext("/", exchange -> {
                    exchange.getResponseHeaders().add("Content-Type", answer.getKey());
                    byte[] body = answer.getValue().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(status, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
                other.start();
                String address = "http://localhost:" + other.getAddress().getPort();
                launcher.run("status", "x", "--url", address).exits(2).says("does not answer as Millrace does");
                other.stop(0);
            }
        }
    }

    @Test
    @Order(5)
    void whoeverWatchesMayGo() throws Exception {
        try (Running watching = launcher.start("submit", freshJob("watched").toString(), "--watch")) {
            watching.await("original: ");
            watching.interrupt().exits(130);
        }
    }

    @Test
    @Order(5)
    void whoeverSubmitsSeesItAndMayCancel() throws Exception {
        Path long_ = freshJob("cancelled");
        Files.writeString(
                long_, Files.readString(long_).replaceFirst("\\[0\\..*?]", "[0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]"));
        String id = launcher.run("submit", long_.toString())
                .exits(0)
                .out()
                .lines()
                .reduce((first, last) -> last)
                .orElseThrow();

        launcher.run("status").exits(0).says(id);
        launcher.run("status", id).exits(0).says(id + "  quick  running");
        launcher.run("cancel", id).exits(0).says("cancelled job " + id + " (quick):");
        launcher.run("status", id).exits(3).says("cancelled").says("cancelled by the user");
        launcher.run("cancel", id).exits(0).says("was cancelled already");
    }

    /** Found here, before anything is sent, and named as the user knows it. */
    @Test
    @Order(4)
    void aModelThatIsNoneIsNotSent() throws Exception {
        Path copy = QuickJob.in(folder.resolve("no model"));
        byte[] noise = new byte[10_000];
        new Random(1).nextBytes(noise);
        Path model = Files.write(copy.resolveSibling("net.onnx"), noise);
        for (String command : List.of("submit", "run")) {
            Ended ended =
                    launcher.run(command, copy.toString()).exits(2).says(model + " is no model that can be used:");
            assertThat(ended.out())
                    .doesNotContain("uploading")
                    .doesNotContain("Starting")
                    .doesNotContain("s3://");
        }
    }

    /** Last: the job of the test before is at work. */
    @Test
    @Order(6)
    void upItselfStopsInOrderWithATaskAtWork() throws Exception {
        launcher.run("submit", freshJob("stopped").toString()).exits(0);
        up.interrupt().exits(130).says("Stopping");
        assertThat(state("client.json")).doesNotExist();
    }

    /** One whose results are not there yet. */
    private Path freshJob(String name) throws IOException {
        String text = Files.readString(job).replace("[0.8]", "[0." + (60 + name.length()) + "]");
        return Files.writeString(job.resolveSibling(name + ".yaml"), text + "seed: " + name.hashCode() + "\n");
    }

    /** The job as the installation has it, with addresses in its store. */
    private ObjectNode storedSpec() throws Exception {
        JsonNode status = Json.mapper()
                .readTree(launcher.run("status", jobId, "--json").exits(0).out());
        ObjectNode spec = (ObjectNode)
                new com.fasterxml.jackson.databind.ObjectMapper(new com.fasterxml.jackson.dataformat.yaml.YAMLFactory())
                        .readTree(job.toFile());
        spec.set("model", status.at("/spec/model"));
        spec.set("data", status.at("/spec/data"));
        return spec;
    }

    private JsonNode client() throws IOException {
        return Json.mapper().readTree(state("client.json").toFile());
    }

    private Path state(String name) {
        return folder.resolve("here/.millrace").resolve(name);
    }

    /** Somebody else's port; it may be so already. */
    private static ServerSocket occupy(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            // taken, as it should be
        }
        return socket;
    }

    private static boolean runs(String... command) throws Exception {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
