package io.millrace.evaluator;

import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.StoreException;
import io.millrace.contracts.Artifact;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.inspect.Inspection;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;

/** Inspections of models in the object store. */
@Path("/api/inspect")
@Produces(MediaType.APPLICATION_JSON)
public class InspectionResource {
    private final ArtifactCache cache;

    InspectionResource(ArtifactCache cache) {
        this.cache = cache;
    }

    /** Why a model is not shown (RFC 9457). */
    public record Problem(String title, int status, String detail) {}

    /**
     * What there is to know of a stored model.
     *
     * @param model {@code s3://bucket/key}; a model with external data is a folder, and its address ends with {@code /}
     */
    @GET
    public Inspection inspect(@QueryParam("model") String model) throws IOException {
        if (model == null || model.isBlank()) {
            throw problem(400, "the query parameter 'model' is missing: ?model=s3://bucket/key");
        }
        try (ArtifactCache.Held held = cache.fetch(Artifact.unresolved(model))) {
            return Inspection.of(model, OnnxModel.read(onlyModel(model, held.path())));
        } catch (InvalidModelException e) {
            throw problem(422, model + ": " + e.getMessage());
        } catch (StoreException e) {
            throw problem(status(e.reason()), e.getMessage());
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
                throw problem(422, "%s holds %d .onnx files; a model's folder has one".formatted(model, models.size()));
            }
            return models.get(0);
        }
    }

    private static int status(StoreException.Reason reason) {
        return switch (reason) {
            case NOT_FOUND -> 404;
            case REFUSED -> 400;
            case CHANGED -> 409;
            case TOO_LARGE -> 413;
            case ACCESS_DENIED, UNAVAILABLE -> 503;
            case LOCAL_DISK -> 500;
        };
    }

    private static WebApplicationException problem(int status, String detail) {
        String title = Response.Status.fromStatusCode(status) == null
                ? "Unprocessable Content"
                : Response.Status.fromStatusCode(status).getReasonPhrase();
        return new WebApplicationException(
                detail,
                Response.status(status)
                        .type("application/problem+json")
                        .entity(new Problem(title, status, detail))
                        .build());
    }
}
