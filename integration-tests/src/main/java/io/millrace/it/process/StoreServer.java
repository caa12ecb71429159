package io.millrace.it.process;

import io.millrace.embedded.EmbeddedS3;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** An S3 server as a process: MinIO where its program is on the PATH, else the embedded one in a JVM of its own. */
public final class StoreServer {
    private StoreServer() {}

    /** Tells how to start it on a loopback port; it keeps its data in the folder. */
    public static ServiceProcess prepare(Path folder, int port, EmbeddedS3.Credentials credentials, Path log) {
        return program("minio")
                .map(minio -> ServiceProcess.of(
                        List.of(
                                minio.toString(),
                                "server",
                                folder.resolve("minio").toString(),
                                "--address",
                                "127.0.0.1:" + port),
                        Map.of(
                                "MINIO_ROOT_USER",
                                credentials.accessKey(),
                                "MINIO_ROOT_PASSWORD",
                                credentials.secretKey()),
                        log))
                .orElseGet(() -> ServiceProcess.program(
                        StoreServer.class.getName(),
                        List.of(
                                folder.toString(),
                                Integer.toString(port),
                                credentials.accessKey(),
                                credentials.secretKey()),
                        Map.of(),
                        log));
    }

    /** The embedded server. Arguments: folder, port, access key, secret key. */
    public static void main(String[] args) throws InterruptedException {
        EmbeddedS3.start(Path.of(args[0]), Integer.parseInt(args[1]), new EmbeddedS3.Credentials(args[2], args[3]));
        Thread.currentThread().join();
    }

    /** Where a program is, on the PATH or where Go installs. */
    public static Optional<Path> program(String name) {
        return Stream.concat(
                        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                                .map(Path::of),
                        Stream.of(Path.of(System.getProperty("user.home"), "go", "bin")))
                .map(folder -> folder.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
