package io.millrace.standalone.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import com.github.freva.asciitable.OverflowBehaviour;
import io.millrace.contracts.field.Spelling;
import io.millrace.contracts.method.Method;
import io.millrace.contracts.method.NamedChoice;
import io.millrace.contracts.method.ParameterTable;
import io.millrace.contracts.method.ParameterTable.Row;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code millrace methods}. */
@Command(
        name = "methods",
        description = "Lists what recipes can name, or the parameters of one method.",
        mixinStandardHelpOptions = true)
final class MethodsCommand implements Callable<Integer> {
    private static final int WIDEST = 60;

    @Parameters(paramLabel = "METHOD", arity = "0..1", description = "Name of a method; without it all are listed.")
    private String name;

    @Override
    public Integer call() {
        System.out.println(name == null ? all() : parameters(method()));
        return 0;
    }

    private Method method() {
        List<String> names = NamedChoice.names(Method.class);
        if (!names.contains(name)) {
            throw new UserException("\"" + name + "\" is no method; there are " + String.join(", ", names)
                    + Spelling.hint(name, names));
        }
        return Method.named(name);
    }

    private static String all() {
        return AsciiTable.getTable(
                AsciiTable.NO_BORDERS,
                List.of(Method.values()),
                List.of(
                        column("method", Method::wireName),
                        column("named in", Method::action),
                        column("what it does", Method::summary)));
    }

    private static String parameters(Method method) {
        return method.wireName() + " " + method.summary() + ".\n\n"
                + AsciiTable.getTable(
                        AsciiTable.NO_BORDERS,
                        ParameterTable.of(method),
                        List.of(
                                column("parameter", Row::name),
                                column("default", Row::standard),
                                column("allowed", Row::allowed),
                                column("only with", Row::with),
                                column("what", MethodsCommand::what)));
    }

    private static String what(Row row) {
        return row.description() + (row.unit().isEmpty() ? "" : " [" + row.unit() + "]");
    }

    private static <T> ColumnData<T> column(String header, Function<T, String> value) {
        return new Column()
                .header(header)
                .headerAlign(HorizontalAlign.LEFT)
                .dataAlign(HorizontalAlign.LEFT)
                .maxWidth(WIDEST, OverflowBehaviour.NEWLINE)
                .with(value);
    }
}
