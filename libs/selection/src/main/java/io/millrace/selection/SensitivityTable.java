package io.millrace.selection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.selection.Allocation.Curve;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The sensitivities of a network's parts, gathered from the tasks that measured some each. */
public final class SensitivityTable {
    private static final String FIELD = "measured";

    private final Map<String, Sensitivity> byPart = new LinkedHashMap<>();

    public SensitivityTable(Collection<Sensitivity> sensitivities) {
        sensitivities.forEach(sensitivity -> byPart.put(sensitivity.part(), sensitivity));
    }

    /** The table of what all these tasks measured. */
    public static SensitivityTable of(List<Result> measured) {
        SensitivityTable table = new SensitivityTable(List.of());
        for (Result result : measured) {
            for (JsonNode node : result.findings().path(FIELD)) {
                Sensitivity sensitivity = Json.mapper().convertValue(node, Sensitivity.class);
                table.byPart.put(sensitivity.part(), sensitivity);
            }
        }
        return table;
    }

    /** As the findings of a task, for {@link #of(List)}. */
    public Result toResult() {
        ObjectNode findings = Json.mapper().createObjectNode();
        findings.set(FIELD, Json.mapper().valueToTree(byPart.values()));
        return Result.ofFindings(findings);
    }

    /** @throws IllegalStateException if the part was not measured */
    public Sensitivity of(String part) {
        Sensitivity sensitivity = byPart.get(part);
        if (sensitivity == null) {
            throw new IllegalStateException(part + " was not measured");
        }
        return sensitivity;
    }

    /**
     * The curve of a part for {@link Allocation}.
     *
     * @param name of the part, to show to people
     * @throws IllegalStateException if the part was not measured
     */
    public Curve curve(String part, String name) {
        return of(part).curve(name);
    }
}
