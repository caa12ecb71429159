package io.millrace.standalone.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code millrace}: the parent of all commands. */
@Command(
        name = "millrace",
        description = "Compresses trained ONNX networks: decomposition, pruning, fine-tuning, quantization.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        subcommands = {
            RunCommand.class,
            UpCommand.class,
            SubmitCommand.class,
            WatchCommand.class,
            StatusCommand.class,
            DownloadCommand.class,
            CancelCommand.class,
            InspectCommand.class,
            MethodsCommand.class
        })
public final class MillraceCommand {

    private MillraceCommand() {}

    /** Runs a command line and gives its exit code; whatever happens, nothing is thrown. */
    public static int execute(String... args) {
        try {
            int exitCode = new CommandLine(new MillraceCommand())
                    .setExecutionExceptionHandler((failure, command, parsed) -> explain(failure))
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .execute(args.length == 0 ? new String[] {"--help"} : args);
            return Interruption.happened() ? Interruption.exitCode() : exitCode;
        } catch (Throwable failure) {
            return explain(failure);
        }
    }

    private static int explain(Throwable failure) {
        if (Interruption.happened()) {
            return Interruption.exitCode();
        }
        System.err.println("millrace: " + Explanation.of(failure));
        return ExitCodes.BAD_USAGE;
    }
}
