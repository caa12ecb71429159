package io.millrace.standalone.cli;

import java.io.IOException;
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
            CancelCommand.class,
            InspectCommand.class
        })
public final class MillraceCommand {

    private MillraceCommand() {}

    /** Runs a command line and gives its exit code. */
    public static int execute(String... args) {
        return new CommandLine(new MillraceCommand())
                .setExecutionExceptionHandler((failure, command, parsed) -> explain(failure, command))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args.length == 0 ? new String[] {"--help"} : args);
    }

    private static int explain(Exception failure, CommandLine command) throws Exception {
        if (failure instanceof UserException || failure instanceof IOException) {
            command.getErr().println("millrace: " + failure.getMessage());
            return ExitCodes.BAD_USAGE;
        }
        throw failure;
    }
}
