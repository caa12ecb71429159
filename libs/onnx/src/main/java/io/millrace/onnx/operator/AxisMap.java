package io.millrace.onnx.operator;

import io.millrace.onnx.shape.Broadcast;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.UninferableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * How the axes of a product's operands and of its result belong together: axes of one label run together, and what the
 * result lacks is summed over. {@code Einsum} writes it down as an equation, the other products imply it; shapes, flow of
 * channels and costs of all products follow from it.
 *
 * @param operands the label of each axis, by operand
 * @param result the label of each axis of the result
 */
record AxisMap(List<int[]> operands, int[] result) {
    private static final int ROWS = 1;
    /** The label of what matrices are summed over. */
    static final int SUMMED = 2;

    private static final int COLUMNS = 3;
    private static final int FIRST_BATCH = 4;

    /**
     * A product of stacks of matrices: {@code [..., rows, summed] x [..., summed, columns]}; an operand of one axis is a
     * row on the left and a column on the right.
     */
    static AxisMap matrices(int leftRank, int rightRank, boolean turnLeft, boolean turnRight) {
        int[] left = matrix(leftRank, ROWS, SUMMED, turnLeft);
        int[] right = matrix(rightRank, SUMMED, COLUMNS, turnRight);
        if (leftRank == 1) {
            left[0] = SUMMED;
        }
        int batches = Math.max(Math.max(leftRank, rightRank) - 2, 0);
        IntStream.Builder result = IntStream.builder();
        for (int i = batches - 1; i >= 0; i--) {
            result.add(FIRST_BATCH + i);
        }
        if (leftRank > 1) {
            result.add(ROWS);
        }
        if (rightRank > 1) {
            result.add(COLUMNS);
        }
        return new AxisMap(List.of(left, right), result.build().toArray());
    }

    private static int[] matrix(int rank, int first, int second, boolean turned) {
        if (rank == 0) {
            throw new UninferableException("a scalar is no matrix");
        }
        int[] labels = new int[rank];
        for (int axis = 0; axis < rank - 2; axis++) {
            labels[axis] = FIRST_BATCH + rank - 3 - axis;
        }
        labels[rank - 1] = turned && rank > 1 ? first : second;
        if (rank > 1) {
            labels[rank - 2] = turned ? second : first;
        } else {
            labels[0] = first;
        }
        return labels;
    }

    /**
     * Reads an equation of Einsum for operands of these ranks; the axes that {@code ...} stands for are counted from
     * their last.
     */
    static AxisMap einsum(String equation, int... ranks) {
        String plain = equation.replace(" ", "");
        int arrow = plain.indexOf("->");
        String[] terms = (arrow < 0 ? plain : plain.substring(0, arrow)).split(",", -1);
        if (terms.length != ranks.length) {
            throw new UninferableException("equation " + plain + " does not fit its inputs");
        }
        List<int[]> operands = new ArrayList<>();
        Map<Character, Integer> uses = new TreeMap<>();
        int stacked = 0;
        for (int i = 0; i < terms.length; i++) {
            String letters = terms[i].replace("...", "");
            int hidden = ranks[i] - letters.length();
            if (hidden < 0 || hidden > 0 && letters.length() == terms[i].length()) {
                throw new UninferableException("equation " + plain + " does not fit its inputs");
            }
            stacked = Math.max(stacked, hidden);
            letters.chars().forEach(letter -> uses.merge((char) letter, 1, Integer::sum));
            operands.add(labels(terms[i], hidden));
        }
        if (arrow >= 0) {
            return new AxisMap(operands, labels(plain.substring(arrow + 2), stacked));
        }
        StringBuilder implied = new StringBuilder("...");
        uses.forEach((letter, count) -> implied.append(count == 1 ? String.valueOf(letter) : ""));
        return new AxisMap(operands, labels(implied.toString(), stacked));
    }

    /** Letters are their own labels; those of {@code ...} are negative, -1 for its last axis. */
    private static int[] labels(String term, int hidden) {
        IntStream.Builder labels = IntStream.builder();
        for (int k = 0; k < term.length(); k++) {
            if (term.startsWith("...", k)) {
                IntStream.rangeClosed(-hidden, -1).forEach(labels::add);
                k += 2;
            } else {
                labels.add(term.charAt(k));
            }
        }
        return labels.build().toArray();
    }

    /**
     * The dimensions of the result, where sizes of one label broadcast.
     *
     * @throws UninferableException if they do not, or the equation has no operand for an axis of the result
     */
    List<Dim> resultDims(Call call, List<List<Dim>> dims) {
        Map<Integer, Dim> sizes = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            for (int axis = 0; axis < operands.get(i).length; axis++) {
                int label = operands.get(i)[axis];
                Dim fresh = call.fresh(0, Math.max(0, resultAxis(label)));
                sizes.merge(label, dims.get(i).get(axis), (a, b) -> Broadcast.common(a, b, fresh));
            }
        }
        List<Dim> made = new ArrayList<>();
        for (int label : result) {
            if (!sizes.containsKey(label)) {
                throw new UninferableException("no operand has the axis " + (char) label + " of the result");
            }
            made.add(sizes.get(label));
        }
        return made;
    }

    /** The axis of the result that has a label, -1 if it is summed over. */
    int resultAxis(int label) {
        return indexOf(result, label);
    }

    /** The axis of an operand that has a label, -1 if it has none. */
    int axis(int operand, int label) {
        return indexOf(operands.get(operand), label);
    }

    private static int indexOf(int[] labels, int label) {
        return IntStream.range(0, labels.length)
                .filter(i -> labels[i] == label)
                .findFirst()
                .orElse(-1);
    }

    /** Whether both of two operands run along a label into the result, or it numbers the matrices of a stack. */
    boolean isStacked(int label) {
        boolean matrices = label >= FIRST_BATCH && label < 'A' || label < 0;
        return resultAxis(label) >= 0
                && (matrices || operands.stream().allMatch(labels -> indexOf(labels, label) >= 0));
    }

    /** Whether the axes of an operand are all of different labels. */
    boolean isPlain() {
        return operands.stream()
                .allMatch(labels -> Arrays.stream(labels).distinct().count() == labels.length);
    }

    /**
     * Multiply-accumulates, taken two operands at a time from the left.
     *
     * @param operandDims the sizes of each operand's axes
     * @param resultDims the sizes of the result's axes, for one sample
     */
    long macs(List<long[]> operandDims, long[] resultDims) {
        Map<Integer, Long> sizes = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            for (int axis = 0; axis < operands.get(i).length; axis++) {
                sizes.merge(operands.get(i)[axis], operandDims.get(i)[axis], Math::max);
            }
        }
        for (int axis = 0; axis < result.length; axis++) {
            sizes.put(result[axis], resultDims[axis]);
        }
        long macs = 0;
        int[] done = operands.get(0);
        for (int i = 1; i < operands.size(); i++) {
            int[] both = IntStream.concat(Arrays.stream(done), Arrays.stream(operands.get(i)))
                    .distinct()
                    .toArray();
            macs = Math.addExact(macs, Arrays.stream(both).mapToLong(sizes::get).reduce(1, Math::multiplyExact));
            int next = i + 1;
            done = Arrays.stream(both).filter(label -> isNeeded(label, next)).toArray();
        }
        return macs;
    }

    /** Whether the result, or an operand from this one on, has axes of a label. */
    private boolean isNeeded(int label, int from) {
        return Arrays.stream(result).anyMatch(l -> l == label)
                || operands.subList(from, operands.size()).stream()
                        .flatMapToInt(Arrays::stream)
                        .anyMatch(l -> l == label);
    }
}
