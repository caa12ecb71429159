package io.millrace.standalone.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.standalone.launcher.Launcher.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./millrace run}, whatever is pressed or missing. */
class RunIT {
    @TempDir
    Path folder;

    private Launcher launcher;
    private Path job;

    @BeforeEach
    void prepare() throws Exception {
        job = QuickJob.in(folder.resolve("job"));
        launcher = new Launcher(folder.resolve("here"));
    }

    @Test
    void interruptedInEveryPhaseAndKilledItRunsAgainOnTheSameState() throws Exception {
        for (String phase : List.of("Starting", "uploading", "pruning ")) {
            try (Running run = launcher.start("run", job.toString())) {
                run.await(phase);
                run.interrupt().exits(130);
            }
        }
        try (Running run = launcher.start("run", job.toString())) {
            run.await("\nJob ");
            run.kill();
        }

        launcher.run("run", job.toString())
                .exits(0)
                .says("which an interrupted run left")
                .says("The objective was met");

        assertThat(folder.resolve("here/millrace-out/quick/chosen.onnx")).isNotEmptyFile();
        assertThat(folder.resolve("here/millrace-out/quick/report.html")).isNotEmptyFile();
    }

    @Test
    void whatIsMissingIsSaid() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");
        launcher.with("MILLRACE_TIER", "1");
        launcher.run("run", "nothing.yaml").exits(2).says("no such file");
        launcher.run("run", folder.toString()).exits(2);
        launcher.run(
                        "run",
                        Files.writeString(folder.resolve("broken.yaml"), "a: [").toString())
                .exits(2)
                .says("line 1");
        launcher.run(
                        "run",
                        Files.write(folder.resolve("bytes.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe})
                                .toString())
                .exits(2);
        Files.move(job.resolveSibling("data"), folder.resolve("gone"));
        launcher.run("run", job.toString()).exits(2).says("data.train").says("data.validation");
        Files.move(folder.resolve("gone"), job.resolveSibling("data"));
        launcher.run("run", job.toString(), "--out", file.toString()).exits(2).says(file + " cannot be used");
        launcher.run("run", job.toString(), "--state", file.toString()).exits(2).says(file.toString());
        launcher.run("up", "--port", "0", "--state", "/proc/nowhere").exits(2).says("/proc/nowhere");
        launcher.run("up", "--port", "70000").exits(2).says("70000");
        launcher.run("up", "--port", "many").exits(2).says("many");
        launcher.run("frobnicate").exits(2);
        launcher.run().exits(0).says("Usage");
    }

    /** A bound on the size of files does to the broker what a full disk does. */
    @Test
    void aFullDiskIsSaid() throws Exception {
        Path script = Path.of("../millrace").toAbsolutePath().normalize();
        try (Running run =
                launcher.start(List.of("bash", "-c", "ulimit -f 4000; exec '%s' run '%s'".formatted(script, job)))) {
            run.end().exits(2).says("the Kafka broker");
        }
    }
}
