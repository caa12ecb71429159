package io.millrace.standalone.server;

import io.millrace.artifacts.ArtifactCache;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.inspect.Inspection;
import io.millrace.standalone.OfferedMethods;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;

/**
 * Inspections of models in the object store; of this application only, where what opens models and what answers REST is
 * one. The evaluator by itself offers health and metrics.
 */
@Path("/api/inspect")
@Produces(MediaType.APPLICATION_JSON)
public class InspectionResource {
    private final ArtifactCache cache;

    InspectionResource(ArtifactCache cache) {
        this.cache = cache;
    }

    /**
     * What there is to know of a stored model.
     *
     * @param model {@code s3://bucket/key}; a model with external data is a folder, and its address ends with {@code /}
     */
    @GET
    public Inspection inspect(@QueryParam("model") String model) throws IOException {
        if (model == null || model.isBlank()) {
            throw new ProblemException(
                    Kind.BAD_REQUEST, "the query parameter 'model' is missing: ?model=s3://bucket/key");
        }
        try (ArtifactCache.Held held = cache.fetch(Artifact.unresolved(model))) {
            return Inspection.of(model, OnnxModel.read(onlyModel(model, held.path())), OfferedMethods.COLUMNS);
        } catch (InvalidModelException e) {
            throw new ProblemException(Kind.MODEL_AT_FAULT, model + ": " + e.getMessage());
        }
    }

    private static java.nio.file.Path onlyModel(String model, java.nio.file.Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return path;
        }
        try (Stream<java.nio.file.Path> files = Files.list(path)) {
            List<java.nio.file.Path> models =
                    files.filter(f -> f.toString().endsWith(".onnx")).toList();
            if (models.size() != 1) {
                throw new ProblemException(
                        Kind.MODEL_AT_FAULT,
                        "%s holds %d .onnx files; a model's folder has one".formatted(model, models.size()));
            }
            return models.get(0);
        }
    }
}
