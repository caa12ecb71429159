package io.millrace.contracts.job;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.field.Spelling;
import io.millrace.contracts.job.JobSpec.Objective;
import java.util.List;

/**
 * The short form of a recipe: parts joined by dashes, {@code svd-cp-int8}. It stands for the guidebook's values, and
 * expands to what a user could have written in full.
 */
final class ShortRecipe {
    private static final List<String> EXAMPLES =
            List.of("svd-cp-int8", "svd-cp", "svd-int8", "cp-int8", "svd", "cp", "int8");

    private ShortRecipe() {}

    static boolean understood(String recipe) {
        return EXAMPLES.contains(recipe);
    }

    /** Whether it compresses, and so needs a target ratio. */
    static boolean compresses(String recipe) {
        return !recipe.equals("int8");
    }

    static String allowed(String recipe) {
        return "\"" + recipe + "\" is no short recipe; there are " + String.join(", ", EXAMPLES)
                + Spelling.hint(recipe, EXAMPLES) + "; or give a list of rounds";
    }

    /**
     * The rounds. Without a ratio of MACs the first of two goes half of the way to what is asked for, and the second the
     * rest.
     *
     * @param objective with at least one target if it compresses
     */
    static ArrayNode expand(String recipe, Objective objective) {
        ArrayNode rounds = JsonNodeFactory.instance.arrayNode();
        boolean both = recipe.contains("svd-cp");
        Double ratio = objective.macRatio();
        if (recipe.contains("svd")) {
            ObjectNode compress = round(rounds, "compress").put("method", "spatial-svd");
            if (ratio != null) {
                ArrayNode ratios = compress.putArray("mac-ratios").add(ratio);
                if (both) {
                    ratios.add(milder(ratio, 0.3)).add(milder(ratio, 0.5));
                }
            } else if (both) {
                objective.targets().forEach((target, wanted) -> compress.put(target, milder(wanted, 0.5)));
            }
            finish(rounds, both ? 2 : 1);
        }
        if (recipe.contains("cp")) {
            ObjectNode compress = round(rounds, "compress").put("method", "channel-pruning");
            if (ratio != null && both) {
                compress.put("mac-ratio", "complement");
            } else if (ratio != null) {
                compress.put("mac-ratio", ratio);
            }
            finish(rounds, 1);
        }
        if (recipe.contains("int8")) {
            round(rounds, "quantize").put("bits", 8);
        }
        return rounds;
    }

    /** For a target of 0.5: 0.65 and 0.75, as in the guidebook. */
    private static double milder(double ratio, double share) {
        return Math.round((ratio + share * (1 - ratio)) * 1000) / 1000.0;
    }

    private static ObjectNode round(ArrayNode rounds, String kind) {
        return rounds.addObject().putObject(kind);
    }

    private static void finish(ArrayNode rounds, int top) {
        ObjectNode round = (ObjectNode) rounds.get(rounds.size() - 1);
        round.putObject("finetune").put("epochs", 3);
        round.putObject("keep").put("within", 0.05).put("top", top);
    }
}
