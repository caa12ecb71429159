package io.millrace.orchestrator.files;

import io.millrace.artifacts.ObjectStreams;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.InputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The models of a job under names that a user knows: {@code original.onnx}, {@code chosen.onnx},
 * {@code chosen.int8.onnx}, and {@code 1-2.onnx} for a candidate. One with external data is a folder, whose files are
 * {@code chosen.onnx/<file>}.
 */
@ApplicationScoped
public class JobFiles {
    private final Store store;
    private final ObjectStreams streams;

    JobFiles(Store store) {
        this.store = store;
        this.streams = store.streams();
    }

    /** What there is, by name. */
    public Map<String, Artifact> list(JobStatus job) {
        Map<String, Artifact> files = new LinkedHashMap<>();
        if (job.originalModel() != null) {
            files.put("original.onnx", job.originalModel());
        }
        for (Candidate candidate : job.candidates()) {
            if (candidate.model() != null) {
                files.put(candidate.id() + ".onnx", candidate.model());
                if (candidate.id().equals(job.chosen())) {
                    files.put("chosen.onnx", candidate.model());
                }
                if (candidate.id().equals(job.chosenQuantized())) {
                    files.put("chosen.int8.onnx", candidate.model());
                }
            }
        }
        Map<String, Artifact> all = new LinkedHashMap<>();
        files.forEach((name, model) -> {
            if (isFolder(model)) {
                store.objects()
                        .list(model.uri())
                        .forEach(file -> all.put(
                                name + "/" + file.name(),
                                new Artifact(model.uri() + file.name(), file.sha256(), file.size())));
            } else {
                all.put(name, model);
            }
        });
        return all;
    }

    /** @throws ProblemException if the job has no such file, or it is no longer in the store */
    public Artifact find(JobStatus job, String name) {
        Artifact file = Optional.ofNullable(list(job).get(name))
                .orElseThrow(() -> new ProblemException(
                        Kind.NOT_FOUND,
                        "job \"%s\" has no file \"%s\"; /api/jobs/%s/files lists them"
                                .formatted(job.jobId(), name, job.jobId())));
        Artifact there = streams.find(file.uri())
                .orElseThrow(() -> new ProblemException(
                        Kind.NOT_FOUND, "\"%s\" is no longer in the store (%s)".formatted(name, file.uri())));
        if (file.resolved() && there.resolved() && !file.sha256().equals(there.sha256())) {
            throw new ProblemException(
                    Kind.CONTENT_MISMATCH, "%s has changed since the job made it".formatted(file.uri()));
        }
        return new Artifact(file.uri(), file.resolved() ? file.sha256() : there.sha256(), there.size());
    }

    /** A part of its content. */
    public InputStream open(Artifact file, long offset, Long length) {
        return streams.open(file.uri(), offset, length);
    }

    /** Where it can be read past this server, if clients can reach the store. */
    public Optional<URI> direct(Artifact file) {
        return store.signed().map(urls -> urls.toRead(file.uri()));
    }

    private static boolean isFolder(Artifact model) {
        return model.uri().endsWith("/");
    }
}
