package io.millrace.orchestrator.rest;

import com.fasterxml.jackson.core.type.TypeReference;
import io.millrace.artifacts.StoredObject;
import io.millrace.contracts.Json;
import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import io.millrace.orchestrator.files.Folders;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Folders of uploaded files, by the digest of their list: what a job names as its model and data. */
@Path("/api/folders/{digest: [0-9a-f]{64}}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "files")
public class FoldersResource {
    private static final int LARGEST_LIST = 16 << 20;

    private final Folders folders;

    FoldersResource(Folders folders) {
        this.folders = folders;
    }

    /** @param uri the folder's address in the store, for a job; a file's is this and its name */
    public record Folder(String uri) {}

    @GET
    @Operation(summary = "Gives the address of a folder that is complete")
    public Folder look(@PathParam("digest") String digest) {
        if (!folders.complete(digest)) {
            throw new ProblemException(Kind.NOT_FOUND, "there is no complete folder " + digest);
        }
        return new Folder(folders.address(digest));
    }

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Makes a folder of uploaded content",
            description =
                    "The body lists the files: [{\"name\", \"sha256\", \"size\"}]. The digest is the SHA-256 of the"
                            + " lines `sha256 size name` (each with a newline), sorted by name.")
    public Folder create(@PathParam("digest") String digest, InputStream body) {
        folders.create(digest, parsed(Bodies.read(body, LARGEST_LIST, "a list of files")));
        return new Folder(folders.address(digest));
    }

    private static List<StoredObject> parsed(byte[] body) {
        try {
            return Json.mapper().readValue(body, new TypeReference<>() {});
        } catch (IOException e) {
            throw new ProblemException(Kind.BAD_REQUEST, "the body is no list of files: " + e.getMessage());
        }
    }
}
