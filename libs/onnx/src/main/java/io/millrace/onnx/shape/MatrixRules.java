package io.millrace.onnx.shape;

import io.millrace.onnx.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Products of matrices. */
final class MatrixRules {
    private MatrixRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put(
                "MatMul",
                call -> call.out(
                        call.in(0).type(),
                        product(call, call.in(0).dims(), call.in(1).dims())));
        rules.put(
                "MatMulInteger",
                call -> call.out(
                        ElementType.INT32,
                        product(call, call.in(0).dims(), call.in(1).dims())));
        rules.put(
                "QLinearMatMul",
                call -> call.out(
                        call.in(7).type(),
                        product(call, call.in(0).dims(), call.in(3).dims())));
        rules.put("DynamicQuantizeMatMul", rules.get("MatMul"));
        rules.put("FusedMatMul", MatrixRules::fused);
        rules.put("MatMulNBits", MatrixRules::packed);
        rules.put("Gemm", MatrixRules::gemm);
        rules.put("FusedGemm", MatrixRules::gemm);
        rules.put("Einsum", MatrixRules::einsum);
        rules.put(
                "Det",
                call -> call.out(
                        call.in(0).type(),
                        call.in(0).dims().subList(0, call.in(0).rank() - 2)));
    }

    /** Dimensions of a product of stacks of matrices; one-dimensional operands are a row and a column. */
    private static List<Dim> product(Call call, List<Dim> a, List<Dim> b) {
        if (a.isEmpty() || b.isEmpty()) {
            throw new UninferableException("a scalar is no matrix");
        }
        Dim shared = b.get(Math.max(0, b.size() - 2));
        Dim inner = a.get(a.size() - 1);
        if (inner.known() && shared.known() && !inner.equals(shared)) {
            throw new UninferableException("matrices of " + inner + " columns and " + shared + " rows do not multiply");
        }
        List<Dim> result = new ArrayList<>(Broadcast.dims(
                call, List.of(a.subList(0, Math.max(0, a.size() - 2)), b.subList(0, Math.max(0, b.size() - 2)))));
        if (a.size() > 1) {
            result.add(a.get(a.size() - 2));
        }
        if (b.size() > 1) {
            result.add(b.get(b.size() - 1));
        }
        return result;
    }

    private static void fused(Call call) {
        if (call.attribute("transBatchA", 0) != 0 || call.attribute("transBatchB", 0) != 0) {
            throw new UninferableException("transposed batches of FusedMatMul are not known");
        }
        call.out(
                call.in(0).type(),
                product(
                        call,
                        transposed(call.in(0).dims(), call.attribute("transA", 0)),
                        transposed(call.in(1).dims(), call.attribute("transB", 0))));
    }

    private static List<Dim> transposed(List<Dim> dims, long flag) {
        if (flag == 0 || dims.size() < 2) {
            return dims;
        }
        List<Dim> swapped = new ArrayList<>(dims);
        swapped.add(swapped.remove(swapped.size() - 2));
        return swapped;
    }

    private static void packed(Call call) {
        List<Dim> dims = new ArrayList<>(call.in(0).dims());
        dims.set(dims.size() - 1, Dim.of(call.attribute("N", 0)));
        call.out(call.in(0).type(), dims);
    }

    private static void gemm(Call call) {
        Call.same(
                call.in(0).dim(call.attribute("transA", 0) == 0 ? 1 : 0),
                call.in(1).dim(call.attribute("transB", 0) == 0 ? 0 : 1),
                "columns of the first and rows of the second matrix");
        call.out(
                call.in(0).type(),
                List.of(
                        call.in(0).dim(call.attribute("transA", 0) == 0 ? 0 : 1),
                        call.in(1).dim(call.attribute("transB", 0) == 0 ? 1 : 0)));
    }

    private static void einsum(Call call) {
        String equation = call.node().stringAttribute("equation", "").replace(" ", "");
        int arrow = equation.indexOf("->");
        String[] terms = (arrow < 0 ? equation : equation.substring(0, arrow)).split(",");
        Map<Character, Dim> sizes = new HashMap<>();
        Map<Character, Integer> uses = new TreeMap<>();
        List<List<Dim>> stacks = new ArrayList<>();
        for (int i = 0; i < terms.length; i++) {
            List<Dim> dims = call.in(i).dims();
            String letters = terms[i].replace("...", "");
            int dots = terms[i].indexOf("...");
            int hidden = dims.size() - letters.length();
            if (hidden < 0 || dots < 0 && hidden > 0) {
                throw new UninferableException("equation " + equation + " does not fit its inputs");
            }
            if (dots >= 0) {
                stacks.add(dims.subList(dots, dots + hidden));
            }
            for (int k = 0; k < letters.length(); k++) {
                Dim dim = dims.get(dots >= 0 && k >= dots ? k + hidden : k);
                sizes.merge(
                        letters.charAt(k),
                        dim,
                        (old, other) -> old.is(1) || other.known() && !other.is(1) ? other : old);
                uses.merge(letters.charAt(k), 1, Integer::sum);
            }
        }
        String result = arrow >= 0 ? equation.substring(arrow + 2) : implicit(uses, !stacks.isEmpty());
        List<Dim> dims = new ArrayList<>();
        for (int k = 0; k < result.length(); k++) {
            if (result.startsWith("...", k)) {
                dims.addAll(Broadcast.dims(call, stacks));
                k += 2;
            } else if (sizes.containsKey(result.charAt(k))) {
                dims.add(sizes.get(result.charAt(k)));
            } else {
                throw new UninferableException("equation " + equation + " has no input for " + result.charAt(k));
            }
        }
        call.out(call.in(0).type(), dims);
    }

    private static String implicit(Map<Character, Integer> uses, boolean stacked) {
        StringBuilder result = new StringBuilder(stacked ? "..." : "");
        uses.forEach((letter, count) -> result.append(count == 1 ? String.valueOf(letter) : ""));
        return result.toString();
    }
}
