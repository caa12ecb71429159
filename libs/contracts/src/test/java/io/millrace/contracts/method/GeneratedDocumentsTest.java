package io.millrace.contracts.method;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.millrace.contracts.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The documents that are made from the records of the methods are as the records say; with {@code -Drefresh} they are made. */
class GeneratedDocumentsTest {
    static final String COMMAND = "./mvnw -pl libs/contracts test -Dtest=GeneratedDocumentsTest -Drefresh";

    private static final Path SCHEMA = Path.of("src/main/resources/schemas/methods.v1.json");
    private static final Path PAGE = Path.of("../../docs/methods.md");

    @Test
    void theSchemaIsThatOfTheRecords() throws IOException {
        var indented = new DefaultPrettyPrinter().withArrayIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);

        isUpToDate(SCHEMA, Json.mapper().writer(indented).writeValueAsString(MethodSchemas.document()) + "\n");
    }

    @Test
    void theTablesAreThoseOfTheRecords() throws IOException {
        isUpToDate(PAGE, MethodPage.text());
    }

    private static void isUpToDate(Path file, String made) throws IOException {
        if (System.getProperty("refresh") != null) {
            Files.writeString(file, made);
        }
        assertThat(Files.readString(file))
                .as("%s; make it again by: %s", file, COMMAND)
                .isEqualTo(made);
    }
}
