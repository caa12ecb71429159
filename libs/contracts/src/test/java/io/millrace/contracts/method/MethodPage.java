package io.millrace.contracts.method;

/** The page of the docs that has a table of the parameters of each method, made from their records. */
final class MethodPage {
    private static final String HEAD = """
            # Methods and their parameters

            <!-- Made from the records in libs/contracts, io.millrace.contracts.method; do not edit, see below. -->

            What recipes can name. A parameter that is not given has its default. One that does something only *with* some
            value of another is refused elsewhere, so that nobody relies on what has no effect.

            `./millrace methods` prints this, and [methods.v1.json](../libs/contracts/src/main/resources/schemas/methods.v1.json)
            is the same for programs. They, the checks of jobs and those of the stages come from one record for each method;
            after a change of one, `%s`
            makes this page and the schema again.
            """.formatted(GeneratedDocumentsTest.COMMAND);

    private MethodPage() {}

    static String text() {
        StringBuilder page = new StringBuilder(HEAD);
        for (Method method : Method.values()) {
            page.append("\n## ").append(method.wireName());
            page.append("\n\n`")
                    .append(method.wireName())
                    .append("` ")
                    .append(method.summary())
                    .append(".\n\n");
            page.append("| parameter | what | unit | default | allowed | only with |\n|---|---|---|---|---|---|\n");
            ParameterTable.of(method)
                    .forEach(row -> page.append("| `%s` | %s | %s | %s | %s | %s |%n"
                            .formatted(
                                    row.name(),
                                    row.description(),
                                    row.unit(),
                                    row.standard(),
                                    row.allowed(),
                                    row.with())));
        }
        return page.toString().replaceAll(" +\\|", " |");
    }
}
