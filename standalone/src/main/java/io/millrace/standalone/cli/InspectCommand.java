package io.millrace.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import com.github.freva.asciitable.OverflowBehaviour;
import io.millrace.compression.CompressionOffer;
import io.millrace.contracts.Json;
import io.millrace.inference.InferenceException;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.inspect.Inspection;
import io.millrace.onnx.inspect.InspectionTable;
import io.millrace.standalone.OfferedMethods;
import io.millrace.standalone.prove.Check;
import io.millrace.standalone.prove.Proof;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace inspect}. */
@Command(
        name = "inspect",
        description = "Shows the layers of models, what they cost, and what can be compressed and why not.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:every model was read", "1:a model was refused, or a proof failed; the others are shown"})
final class InspectCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL.ONNX", arity = "1..*", description = "ONNX files, or folders of them.")
    private List<Path> paths;

    @Option(names = "--json", description = "Print JSON, one object a file.")
    private boolean asJson;

    @Option(
            names = "--prove",
            description = "Cut every channel group, split every layer, fold every batch normalisation, "
                    + "and compare with the original through ONNX Runtime.")
    private boolean prove;

    @Option(
            names = "--limit",
            paramLabel = "SECONDS",
            description = "Longest proof of one file (default: ${DEFAULT-VALUE}).",
            defaultValue = "300")
    private int limit;

    private final ObjectMapper json = Json.mapper();
    private boolean allWell = true;

    @Override
    public Integer call() throws IOException {
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                inspectFolder(path);
            } else {
                inspectOrRefuse(path);
            }
        }
        return allWell ? 0 : 1;
    }

    private void inspectFolder(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(f -> f.toString().endsWith(".onnx") && Files.isRegularFile(f))
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            refuse(folder, "a folder that cannot be read: " + e.getMessage());
            return;
        }
        if (files.isEmpty()) {
            refuse(folder, "there is no .onnx file in this folder");
        }
        for (Path file : files) {
            inspectOrRefuse(file);
        }
    }

    private void inspectOrRefuse(Path file) throws IOException {
        try {
            inspect(file);
        } catch (InvalidModelException e) {
            String name = file.getFileName() + ": ";
            refuse(file, e.getMessage().startsWith(name) ? e.getMessage().substring(name.length()) : e.getMessage());
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            refuse(file, "it cannot be inspected: " + e);
        }
    }

    private void inspect(Path file) throws JsonProcessingException {
        OnnxModel model = OnnxModel.read(file);
        Inspection inspection = Inspection.of(file.toString(), model, OfferedMethods.COLUMNS);
        List<CompressionOffer> offers = OfferedMethods.of(model);
        List<Check> checks = List.of();
        String trouble = null;
        if (prove) {
            try {
                checks = Proof.of(model, Duration.ofSeconds(limit));
            } catch (InferenceException e) {
                trouble = "the network does not run on random input: " + e.getMessage();
            } catch (RuntimeException e) {
                trouble = e.toString();
            }
            allWell &= trouble == null && checks.stream().allMatch(Check::holds);
        }
        if (asJson) {
            ObjectNode object = json.valueToTree(inspection);
            object.set("offers", json.valueToTree(offers));
            if (prove) {
                ArrayNode proof = object.putArray("proof");
                checks.forEach(check -> proof.add(json(check)));
                object.put("proofTrouble", trouble);
            }
            System.out.println(json.writeValueAsString(object));
        } else {
            System.out.println(InspectionTable.render(inspection));
            System.out.println(OfferText.render(offers));
            if (prove) {
                System.out.println(trouble == null ? table(checks) : "NOT PROVEN: " + trouble);
                System.out.println();
            }
        }
    }

    private void refuse(Path file, String reason) throws JsonProcessingException {
        allWell = false;
        if (asJson) {
            System.out.println(json.writeValueAsString(
                    json.createObjectNode().put("file", file.toString()).put("refused", reason)));
        } else {
            System.err.println("refused: " + file + ": " + reason);
        }
    }

    private ObjectNode json(Check check) {
        return json.createObjectNode()
                .put("verb", check.verb())
                .put("subject", check.subject())
                .put("difference", Double.isFinite(check.difference()) ? check.difference() : null)
                .put("tolerance", check.tolerance())
                .put("holds", check.holds())
                .put("trouble", check.trouble());
    }

    private static String table(List<Check> checks) {
        if (checks.isEmpty()) {
            return "Nothing to prove: no channel group, no layer that is split, no batch normalisation.";
        }
        return AsciiTable.getTable(
                AsciiTable.NO_BORDERS,
                checks,
                List.of(
                        column("proof", 10, Check::verb),
                        column("of", 60, Check::subject),
                        column("difference", 60, InspectCommand::difference),
                        column("", 14, c -> c.holds() ? "equal" : "NOT PROVEN")));
    }

    private static ColumnData<Check> column(String header, int width, Function<Check, String> value) {
        return new Column()
                .header(header)
                .headerAlign(HorizontalAlign.LEFT)
                .dataAlign(HorizontalAlign.LEFT)
                .maxWidth(width, OverflowBehaviour.NEWLINE)
                .with(value);
    }

    private static String difference(Check check) {
        return check.trouble() == null ? "%.1e".formatted(check.difference()) : check.trouble();
    }
}
