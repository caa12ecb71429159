package io.millrace.quant;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.method.QuantizeParameters;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.data.Dataset;
import io.millrace.data.InvalidDataException;
import io.millrace.inference.InferenceException;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.rewrite.ComputedBiases;
import io.millrace.quant.Quantizer.Quantized;
import io.millrace.quant.qdq.QuantizableLayer;
import io.millrace.worker.Stage;
import io.millrace.worker.StageException;
import io.millrace.worker.TaskParameters;
import io.millrace.worker.Workbench;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Quantization as a stage: {@code quantize} makes one 8-bit model. */
@ApplicationScoped
public class QuantStage implements Stage {

    @Override
    public String name() {
        return Stages.QUANT;
    }

    @Override
    public Set<String> actions() {
        return Set.of("quantize");
    }

    @Override
    public Outcome run(Task task, Workbench bench) throws IOException {
        QuantizeParameters parameters = TaskParameters.read(task, QuantizeParameters.class);
        try {
            OnnxModel model = OnnxModel.read(bench.model("model"));
            ComputedBiases.store(model);
            if (model.graph().nodes().stream().anyMatch(n -> n.is("QuantizeLinear"))) {
                throw StageException.unsupported("the model is quantized already: give the float model it came from");
            }
            Dataset data = Dataset.open(bench.data("calibration"), model);
            Quantizer quantizer = new Quantizer(
                    parameters, bench.seed(), (doing, done, total) -> bench.progress(Progress.of(doing, done, total)));
            Dataset validation = bench.hasData("validation") ? Dataset.open(bench.data("validation"), model) : null;
            return result(quantizer.quantize(model, data, validation), parameters, bench);
        } catch (NothingToQuantizeException e) {
            throw StageException.unsupported(e.getMessage());
        } catch (InvalidModelException | InvalidDataException | InferenceException e) {
            throw new StageException(FailureKind.INVALID_INPUT, e.getMessage(), e);
        }
    }

    private static Outcome result(Quantized quantized, QuantizeParameters parameters, Workbench bench)
            throws IOException {
        Path file = bench.scratch().resolve("quantized.onnx");
        quantized.model().write(file);
        ObjectNode made = Json.mapper().createObjectNode();
        made.put("format", parameters.format().wireName())
                .put("bits", parameters.bits())
                .put("calibration", parameters.calibration().wireName())
                .put("samples", parameters.samples());
        ArrayNode prepared = made.putArray("prepare");
        parameters.prepare().forEach(step -> prepared.add(step.wireName()));
        String label = "int8 " + parameters.calibration().wireName();
        return Outcome.Result.ofModels(List.of(bench.storeModel("model.onnx", label, file, made)), findings(quantized));
    }

    private static ObjectNode findings(Quantized quantized) {
        ObjectNode findings = Json.mapper().createObjectNode();
        ArrayNode layers = findings.putArray("layers");
        for (QuantizableLayer layer : quantized.plan().layers()) {
            layers.addObject()
                    .put("name", layer.node().label())
                    .put("operator", layer.node().op())
                    .put("bits", 8);
        }
        ArrayNode declined = findings.putArray("declined");
        quantized.plan().declined().forEach((name, reason) -> declined.addObject()
                .put("name", name)
                .put("reason", reason));
        ObjectNode ranges = findings.putObject("ranges");
        QuantizationCheck check = quantized.check();
        quantized.ranges().forEach((value, range) -> ranges.putObject(value)
                .put("min", range.min())
                .put("max", range.max())
                .put("clipped", check.clipped().get(value)));
        ObjectNode fused = findings.putObject("fused");
        fused.put("layers-in-integers", quantized.fused().integerLayers());
        fused.set("operators", Json.mapper().valueToTree(quantized.fused().integer()));
        fused.set("layers-in-float", Json.mapper().valueToTree(quantized.fused().layersLeftInFloat()));
        fused.put("conversions", quantized.fused().conversions());
        findings.putObject("checked")
                .put("data", check.role())
                .put("unseen", check.unseen())
                .put("samples", check.samples());
        if (check.sqnr() != null) {
            findings.put("sqnr", check.sqnr());
        }
        quantized.notes().forEach(findings.putArray("notes")::add);
        return findings;
    }
}
