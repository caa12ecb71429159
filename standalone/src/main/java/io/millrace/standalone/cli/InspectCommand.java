package io.millrace.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import io.millrace.contracts.Json;
import io.millrace.inference.InferenceException;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.inspect.Inspection;
import io.millrace.onnx.inspect.InspectionTable;
import io.millrace.standalone.prove.Check;
import io.millrace.standalone.prove.Proof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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

    private final ObjectMapper json = Json.mapper();
    private boolean allWell = true;

    @Override
    public Integer call() throws IOException {
        for (Path file : files()) {
            try {
                inspect(file);
            } catch (InvalidModelException e) {
                refuse(file, e.getMessage());
            }
        }
        return allWell ? 0 : 1;
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                try (Stream<Path> walk = Files.walk(path)) {
                    walk.filter(f -> f.toString().endsWith(".onnx")).sorted().forEach(files::add);
                }
            } else {
                files.add(path);
            }
        }
        if (files.isEmpty()) {
            throw new UserException("no .onnx file in " + paths);
        }
        return files;
    }

    private void inspect(Path file) throws JsonProcessingException {
        OnnxModel model = OnnxModel.read(file);
        Inspection inspection = Inspection.of(file.toString(), model);
        List<Check> checks = List.of();
        String trouble = null;
        if (prove) {
            try {
                checks = Proof.of(model);
            } catch (InferenceException | InvalidModelException e) {
                trouble = e.getMessage();
            }
            allWell &= trouble == null && checks.stream().allMatch(Check::holds);
        }
        if (asJson) {
            ObjectNode object = json.valueToTree(inspection);
            if (prove) {
                object.set("proof", json.valueToTree(checks));
                object.put("proofTrouble", trouble);
            }
            System.out.println(json.writeValueAsString(object));
        } else {
            System.out.println(InspectionTable.render(inspection));
            if (prove) {
                System.out.println(
                        trouble == null ? table(checks) : "not proven: the network does not run: " + trouble);
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
            System.err.println("refused: " + reason);
        }
    }

    private static String table(List<Check> checks) {
        return AsciiTable.getTable(
                AsciiTable.NO_BORDERS,
                checks,
                List.of(
                        new Column().header("proof").with(Check::verb),
                        new Column().header("of").maxWidth(70).with(Check::subject),
                        new Column()
                                .header("largest relative difference")
                                .with(c -> c.trouble() == null ? "%.1e".formatted(c.difference()) : c.trouble()),
                        new Column().header("").with(c -> c.holds() ? "equal" : "NOT PROVEN")));
    }
}
