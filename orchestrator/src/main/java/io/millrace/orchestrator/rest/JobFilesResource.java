package io.millrace.orchestrator.rest;

import io.millrace.contracts.Artifact;
import io.millrace.contracts.ProblemException;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.JobBoard;
import io.millrace.orchestrator.files.JobFiles;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The models of a job, to take home. */
@Path("/api/jobs/{id}/files")
@Tag(name = "files")
public class JobFilesResource {
    private final JobBoard board;
    private final JobFiles files;

    JobFilesResource(JobBoard board, JobFiles files) {
        this.board = board;
        this.files = files;
    }

    /** A file of a job; {@code sha256} is {@code null} where nobody has recorded it. */
    public record Named(String name, String sha256, long size) {}

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "Lists the models of a job")
    public List<Named> list(@PathParam("id") String id) {
        return files.list(job(id)).entrySet().stream()
                .map(file -> new Named(
                        file.getKey(), file.getValue().sha256(), file.getValue().size()))
                .toList();
    }

    @GET
    @Path("{name: .+}")
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    @Operation(
            summary = "Downloads a model of a job",
            description =
                    "original.onnx, chosen.onnx, chosen.int8.onnx, or <candidate>.onnx. Takes a Range; answers with"
                            + " a redirect where clients can reach the store.")
    public Response get(
            @PathParam("id") String id,
            @PathParam("name") String name,
            @HeaderParam("Range") String range,
            @HeaderParam("If-Range") String ifRange) {
        Artifact file = files.find(job(id), name);
        Optional<URI> direct = files.direct(file);
        if (direct.isPresent()) {
            return Response.temporaryRedirect(direct.get()).build();
        }
        String tag = "\"" + file.sha256() + "\"";
        boolean whole = ifRange != null && !ifRange.equals(tag);
        ByteRange part = whole ? ByteRange.all(file.size()) : ByteRange.parse(range, file.size());
        Response.ResponseBuilder response = Response.status(part.partial() ? 206 : 200)
                .header(HttpHeaders.CONTENT_LENGTH, part.length())
                .header("Accept-Ranges", "bytes")
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment");
        if (file.resolved()) {
            response.header(HttpHeaders.ETAG, tag).header("Repr-Digest", digest(file.sha256()));
        }
        if (part.partial()) {
            response.header("Content-Range", part.contentRange());
        }
        return response.entity(files.open(file, part.first(), part.length())).build();
    }

    private JobStatus job(String id) {
        return board.find(id).orElseThrow(() -> ProblemException.noJob(id));
    }

    /** As RFC 9530 writes it. */
    private static String digest(String sha256) {
        return "sha-256=:" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(sha256)) + ":";
    }
}
