package io.millrace.orchestrator.rest;

import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import io.millrace.orchestrator.files.Blobs;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Content by its SHA-256: the first step of an upload; the second makes a folder of it. */
@Path("/api/blobs/{sha256: [0-9a-f]{64}}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "files")
public class BlobsResource {
    private final Blobs blobs;

    BlobsResource(Blobs blobs) {
        this.blobs = blobs;
    }

    @HEAD
    @Operation(summary = "Tells whether this content waits to be put into a folder")
    public Response look(@PathParam("sha256") String sha256) {
        return blobs.size(sha256)
                .map(size -> Response.ok().header("Upload-Length", size).build())
                .orElseThrow(() -> new ProblemException(Kind.NOT_FOUND, sha256 + " is not there"));
    }

    @PUT
    @Consumes(MediaType.WILDCARD)
    @Operation(summary = "Uploads content as a whole", description = "Stored only if it has this digest.")
    public Response put(
            @PathParam("sha256") String sha256,
            @HeaderParam(HttpHeaders.CONTENT_LENGTH) Long length,
            InputStream content) {
        if (length == null) {
            throw new ProblemException(Kind.BAD_REQUEST, "Content-Length is missing");
        }
        blobs.put(sha256, content, length);
        return Response.noContent().build();
    }

    /**
     * How to go on with an upload in parts.
     *
     * @param partSize bytes of every part but the last
     * @param present numbers of the parts that have come, from 0
     * @param direct where the content may be written whole with one PUT, past this server; {@code null} if nowhere
     */
    public record Upload(int partSize, List<Integer> present, URI direct) {}

    @GET
    @Path("parts")
    @Operation(summary = "Tells which parts of an upload have come")
    public Upload parts(@PathParam("sha256") String sha256, @QueryParam("size") long size) {
        return new Upload(
                Blobs.PART_SIZE,
                blobs.parts(sha256, size),
                blobs.direct(sha256, size).orElse(null));
    }

    @PUT
    @Path("parts/{number: [0-9]{1,6}}")
    @Consumes(MediaType.WILDCARD)
    @Operation(summary = "Uploads one part")
    public Response putPart(@PathParam("sha256") String sha256, @PathParam("number") int number, InputStream content) {
        blobs.putPart(sha256, number, Bodies.read(content, Blobs.PART_SIZE, "a part"));
        return Response.noContent().build();
    }

    @POST
    @Path("parts")
    @Consumes(MediaType.WILDCARD)
    @Operation(summary = "Joins the parts", description = "The content is stored only if it has this size and digest.")
    public Response join(@PathParam("sha256") String sha256, @QueryParam("size") long size) {
        blobs.join(sha256, size);
        return Response.noContent().build();
    }
}
