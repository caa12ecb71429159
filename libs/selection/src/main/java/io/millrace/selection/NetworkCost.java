package io.millrace.selection;

import java.util.List;

/** Cost of a whole network for an option of each of its parts; option 0 is a part as it stands. */
public interface NetworkCost {
    Cost of(int[] options);

    /** Whether the parts' costs add up, whatever the others' options are. */
    default boolean addsUp() {
        return false;
    }

    /**
     * A network whose parts do not share costs, as layers that are split.
     *
     * @param now of the network as it stands
     * @param changes by part and option, from option 1 on: what the whole costs more (or, negative, less) for it
     */
    static NetworkCost sum(Cost now, List<List<Cost>> changes) {
        return new NetworkCost() {
            @Override
            public Cost of(int[] options) {
                Cost sum = now;
                for (int part = 0; part < options.length; part++) {
                    sum = options[part] == 0 ? sum : sum.plus(changes.get(part).get(options[part] - 1));
                }
                return sum;
            }

            @Override
            public boolean addsUp() {
                return true;
            }
        };
    }
}
