package io.millrace.finetune;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Stages;
import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.data.Dataset;
import io.millrace.data.InvalidDataException;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.WeightSizes;
import io.millrace.onnx.rewrite.ComputedBiases;
import io.millrace.tensor.DifferentiableModel;
import io.millrace.worker.Stage;
import io.millrace.worker.StageException;
import io.millrace.worker.StoppedException;
import io.millrace.worker.TaskParameters;
import io.millrace.worker.Workbench;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Fine-tuning as a stage: one task, one trained model, with checkpoints from which another attempt goes on. */
@ApplicationScoped
public class FinetuneStage implements Stage {
    private static final Logger LOG = Logger.getLogger(FinetuneStage.class);
    private static final String CHECKPOINT = "training";
    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long CHECKPOINT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final int threads = Runtime.getRuntime().availableProcessors();

    @Override
    public String name() {
        return Stages.FINETUNE;
    }

    @Override
    public Set<String> actions() {
        return Set.of("finetune");
    }

    @Override
    public Outcome run(Task task, Workbench bench) throws IOException {
        FinetuneParameters parameters = TaskParameters.read(task, FinetuneParameters.class);
        try {
            OnnxModel model = OnnxModel.read(bench.model("model"));
            ComputedBiases.store(model);
            checkTrainable(model);
            Dataset data = Dataset.open(bench.data("train"), model);
            boolean taught = parameters.distill() != null || data.labelKind().equals("none");
            OnnxModel original =
                    taught && task.models().containsKey("original") ? OnnxModel.read(bench.model("original")) : null;
            try (Finetuning training =
                    new Finetuning(model, original, data, task.outputs(), parameters, task.seed(), threads)) {
                return train(training, task, bench);
            }
        } catch (InvalidModelException | InvalidDataException | IllegalArgumentException e) {
            throw StageException.invalidInput(e.getMessage());
        } catch (LibtorchCheck.NotEqualException e) {
            throw StageException.unsupported("the model cannot be fine-tuned: " + e.getMessage());
        }
    }

    private static void checkTrainable(OnnxModel model) {
        Map<String, List<String>> unsupported = DifferentiableModel.unsupportedNodes(model);
        if (!unsupported.isEmpty()) {
            throw StageException.unsupported("the model cannot be fine-tuned, for want of: "
                    + unsupported.entrySet().stream()
                            .map(e -> e.getKey() + " (" + some(e.getValue()) + ")")
                            .collect(Collectors.joining(", ")));
        }
    }

    private static String some(List<String> nodes) {
        return nodes.size() <= 3 ? String.join(", ", nodes) : nodes.get(0) + " and " + (nodes.size() - 1) + " more";
    }

    private Outcome train(Finetuning training, Task task, Workbench bench) throws IOException {
        resume(training, bench);
        Reporter reporter = new Reporter(bench, training);
        training.train(reporter);
        Optional<OnnxModel> trained = training.model();
        if (trained.isEmpty()) {
            return Result.ofFindings(findings(training, training.start()));
        }
        Path file = bench.scratch().resolve("finetuned.onnx");
        trained.get().write(file);
        return Result.ofModels(
                List.of(bench.storeModel("finetuned.onnx", "fine-tuned", file, task.parameters())),
                findings(training, trained.get()));
    }

    private static void resume(Finetuning training, Workbench bench) throws IOException {
        Optional<Path> checkpoint = bench.checkpoint(CHECKPOINT);
        if (checkpoint.isEmpty()) {
            return;
        }
        try {
            training.resume(checkpoint.get());
            LOG.infof("going on after step %d of %d", training.stepsDone(), training.steps());
        } catch (IOException e) {
            throw new IOException("the checkpoint of an earlier attempt cannot be used: " + e.getMessage(), e);
        }
    }

    /** Reports every second, leaves a checkpoint every 20 seconds, after each epoch, and when the task has to stop. */
    private static final class Reporter implements Finetuning.Listener {
        private final Workbench bench;
        private long reported;
        private long saved = System.nanoTime();
        private int epochs;

        Reporter(Workbench bench, Finetuning training) {
            this.bench = bench;
            this.epochs = training.epochs().size();
        }

        @Override
        public void afterStep(Finetuning training) throws IOException {
            long now = System.nanoTime();
            boolean last = training.stepsDone() == training.steps();
            boolean epochEnded = training.epochs().size() > epochs;
            if (!last && (epochEnded || now - saved > CHECKPOINT_NANOS)) {
                save(training);
            }
            epochs = training.epochs().size();
            if (epochEnded || now - reported > REPORT_NANOS || bench.stopping()) {
                report(training);
                reported = now;
            }
        }

        private void report(Finetuning training) throws IOException {
            Map<String, Double> figures = new LinkedHashMap<>();
            training.current().ifPresent(epoch -> {
                figures.put("loss", epoch.loss());
                if (epoch.accuracy() != null) {
                    figures.put("accuracy", epoch.accuracy());
                }
            });
            long epoch = Math.min(training.epochs().size() + 1, training.totalEpochs());
            try {
                bench.progress(new Progress(
                        "fine-tuning, epoch " + epoch + " of " + training.totalEpochs(),
                        training.stepsDone(),
                        training.steps(),
                        figures));
            } catch (StoppedException e) {
                save(training);
                throw e;
            }
        }

        private void save(Finetuning training) throws IOException {
            Path file = bench.scratch().resolve("checkpoint.bin");
            training.save(file);
            bench.saveCheckpoint(CHECKPOINT, file);
            saved = System.nanoTime();
        }
    }

    private static ObjectNode findings(Finetuning training, OnnxModel trained) {
        ObjectNode findings = JsonNodeFactory.instance.objectNode();
        ArrayNode loss = findings.putArray("loss");
        ArrayNode accuracy = findings.putArray("accuracy");
        training.epochs().forEach(epoch -> {
            loss.add(epoch.loss());
            accuracy.add(epoch.accuracy());
        });
        TrainingVerdict verdict = training.verdict();
        if (verdict.before() != null) {
            ObjectNode aside = findings.putObject("kept-aside").put("samples", verdict.samples());
            aside.set("before", figures(verdict.before()));
            aside.set("after", verdict.after() == null ? null : figures(verdict.after()));
        }
        findings.putArray("layers");
        ArrayNode notes = findings.putArray("notes");
        training.notes().forEach(notes::add);
        WeightSizes.outgrown(training.start(), trained).forEach(notes::add);
        WeightSizes.outOfProportion(trained).forEach(notes::add);
        return findings;
    }

    private static ObjectNode figures(KeptAside.Figures figures) {
        return JsonNodeFactory.instance.objectNode().put("loss", figures.loss()).put("accuracy", figures.accuracy());
    }
}
