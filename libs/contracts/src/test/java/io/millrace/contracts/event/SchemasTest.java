package io.millrace.contracts.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.Topics;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobSpecReader.Addresses;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Schemas, AsyncAPI document and records say the same. */
class SchemasTest {
    private static final String BASE = "https://millrace.io/schemas/";
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaIdResolvers(ids -> ids.mapPrefix(BASE, "classpath:schemas/")));
    private static final Map<String, Class<? extends Record>> DEFINITIONS = Map.ofEntries(
            Map.entry("artifact", Artifact.class),
            Map.entry("latency", Evaluation.Latency.class),
            Map.entry("evaluation", Evaluation.class),
            Map.entry("progress", Progress.class),
            Map.entry("producedModel", Outcome.ProducedModel.class),
            Map.entry("result", Outcome.Result.class),
            Map.entry("part", Outcome.Part.class),
            Map.entry("fork", Outcome.Fork.class),
            Map.entry("fault", Fault.class),
            Map.entry("candidate", JobStatus.Candidate.class),
            Map.entry("taskStatus", JobStatus.TaskStatus.class),
            Map.entry("objective", JobSpec.Objective.class),
            Map.entry("step", JobSpec.Step.class),
            Map.entry("keep", JobSpec.Keep.class),
            Map.entry("round", JobSpec.Round.class),
            Map.entry("jobSpec", JobSpec.class));

    @ParameterizedTest
    @MethodSource("io.millrace.contracts.event.SampleEvents#all")
    void everyEventIsAsItsSchemaSays(Message message) throws Exception {
        String json = Json.mapper().writeValueAsString(message);

        assertThat(schema(EventType.of(message)).validate(json, InputFormat.JSON))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.millrace.contracts.event.SampleEvents#all")
    void whatASchemaRequiresIsMissed(Message message) throws Exception {
        EventType type = EventType.of(message);
        for (JsonNode required : resource(type.schema()).get("required")) {
            ObjectNode json = Json.mapper().valueToTree(message);
            json.remove(required.asText());

            assertThat(schema(type).validate(json.toString(), InputFormat.JSON))
                    .as("%s without %s", type, required)
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(EventType.class)
    void everyFieldOfAnEventIsInItsSchema(EventType type) throws Exception {
        assertThat(properties(resource(type.schema()))).isEqualTo(fields(type.message()));
    }

    @Test
    void everyFieldOfAnInnerRecordIsInItsDefinition() throws Exception {
        JsonNode definitions = resource("/schemas/definitions.v1.json").get("$defs");
        for (var definition : DEFINITIONS.entrySet()) {
            Set<String> named = properties(definitions.get(definition.getKey()));
            if (isOutcome(definition.getValue())) {
                named.remove("kind");
            }
            assertThat(named).as(definition.getKey()).isEqualTo(fields(definition.getValue()));
        }
        assertThat(names(definitions)).containsExactlyInAnyOrderElementsOf(plus(DEFINITIONS.keySet(), "outcome"));
    }

    @Test
    void theAsyncApiDocumentNamesEveryTopicAndEvent() throws Exception {
        JsonNode document;
        try (InputStream yaml = getClass().getResourceAsStream("/asyncapi.yaml")) {
            document = new ObjectMapper(new YAMLFactory()).readTree(yaml);
        }
        List<String> topics = new ArrayList<>();
        document.get("channels")
                .forEach(channel -> topics.add(channel.get("address").asText()));
        List<String> types = new ArrayList<>();
        for (JsonNode message : document.at("/components/messages")) {
            types.add(message.get("name").asText());
            String schema = message.at("/payload/schema/$ref").asText();
            assertThat(getClass().getResource("/" + schema)).as(schema).isNotNull();
        }

        assertThat(topics)
                .containsExactlyInAnyOrderElementsOf(TopicSettings.all().stream()
                        .map(TopicSettings::name)
                        .map(name -> name.startsWith(Topics.tasks("")) ? Topics.tasks("{stage}") : name)
                        .collect(Collectors.toSet()));
        assertThat(types)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(EventType.values()).map(EventType::type).toList());
        document.findValues("$ref").stream()
                .map(JsonNode::asText)
                .filter(reference -> reference.startsWith("#/"))
                .forEach(reference -> assertThat(
                                document.at(reference.substring(1)).isMissingNode())
                        .as(reference)
                        .isFalse());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  | recipe: svd-cp-int8 | mac-ratio: 0.5",
                "true  | recipe: [{compress: {method: spatial-svd, mac-ratios: [0.5, 0.75]}, keep: {top: 1}}] | seed: 1",
                "true  | recipe: [{quantize: {prepare: [cle], max-drop: 0.003}}] | seed: 1",
                "true  | recipe: [{stage: {name: polish, parameters: {a: 1}}}] | seed: 1",
                "false | recipe: [{compress: {method: spatial-svd, mac-ratio: 1.5}}] | seed: 1",
                "false | recipe: [{compress: {method: magic, mac-ratio: 0.5}}] | seed: 1",
                "false | recipe: [{quantize: {bits: 4}}] | seed: 1",
                "false | recipe: [{quantize: {otherwise: [adaround]}}] | seed: 1",
                "true  | recipe: [{compress: {method: channel-pruning, mac-ratio: complement, align: 16}}] | objective: {mac-ratio: 0.5}",
                "true  | recipe: [{compress: {method: channel-pruning, mac-ratio: 0.5, align: runtime}}] | seed: 1",
                "false | recipe: [{compress: {method: channel-pruning, mac-ratio: 0.5, align: fast}}] | seed: 1",
                "false | recipe: [{compress: {method: channel-pruning, mac-ratio: 0.5, reconstruct: false, reconstruction-samples: 8}}] | seed: 1",
                "false | recipe: [{quantize: {percentile: 99}}] | seed: 1",
                "true  | recipe: [{quantize: {percentile: 99, calibration: percentile}}] | seed: 1",
                "false | recipe: [{quantize: {prepare: []}}] | seed: 1",
                "true  | recipe: [{stage: {name: polish}, finetune: {momentum: 0.8, distill: {weight: 0.5}, label-smoothing: 0.1}}] | seed: 1",
                "false | recipe: [{stage: {name: polish}, finetune: {momentum: 0.8, optimizer: adamw}}] | seed: 1",
                "false | recipe: [{stage: {name: polish}, finetune: {momentum: 0, nesterov: true}}] | seed: 1",
                "false | recipe: [{stage: {name: polish}, finetune: {step-epochs: 2}}] | seed: 1",
                "false | recipe: [{stage: {name: polish}, finetune: {distill: {weight: 1}, label-smoothing: 0.1}}] | seed: 1",
                "false | recipe: [{stage: {name: polish}, finetune: {distill: {weight: 0, temperature: 2}}}] | seed: 1",
                "false | recipe: [] | seed: 1",
                "false | recipe: svd-int4 | mac-ratio: 0.5",
                "true  | recipe: cp | objective: {mac-ratio: 0.5}",
                "false | recipe: int8 | 'objective: {metric: top5}\nmax-drop: 0.02'",
            })
    void readerAndSchemaOfJobsAgree(boolean right, String recipe, String more) throws Exception {
        String job = "model: s3://models/a.onnx\ndata: {train: s3://data/t, validation: s3://data/v}\n" + recipe + "\n"
                + more;
        String json = JobSpecReader.parse(job).toString();

        boolean valid = schema("job-spec.v1").validate(json, InputFormat.JSON).isEmpty();
        boolean read;
        try {
            new JobSpecReader(Addresses.STORED).read(job);
            read = true;
        } catch (io.millrace.contracts.job.InvalidJobException e) {
            read = false;
        }

        assertThat(valid).as("schema").isEqualTo(right);
        assertThat(read).as("reader").isEqualTo(right);
    }

    private static Schema schema(EventType type) {
        return schema(type.schema().replace("/schemas/", "").replace(".json", ""));
    }

    private static Schema schema(String name) {
        return REGISTRY.getSchema(SchemaLocation.of(BASE + name + ".json"));
    }

    private static JsonNode resource(String path) throws IOException {
        try (InputStream in = SchemasTest.class.getResourceAsStream(path)) {
            return Json.mapper().readTree(in);
        }
    }

    private static boolean isOutcome(Class<?> type) {
        return Outcome.class.isAssignableFrom(type);
    }

    private static Set<String> properties(JsonNode schema) {
        return names(schema.get("properties"));
    }

    private static Set<String> names(JsonNode object) {
        Iterable<String> names = object::fieldNames;
        return StreamSupport.stream(names.spliterator(), false).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> fields(Class<?> type) {
        boolean kebab = type.getName().startsWith(JobSpec.class.getName());
        return Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .map(name -> kebab ? name.replaceAll("([A-Z])", "-$1").toLowerCase() : name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> plus(Set<String> some, String another) {
        Set<String> all = new TreeSet<>(some);
        all.add(another);
        return all;
    }
}
