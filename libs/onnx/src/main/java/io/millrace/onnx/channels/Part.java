package io.millrace.onnx.channels;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * The atoms of some axes of a value. Nearly always one axis; several while a Reshape has split an axis into pieces that
 * are not yet known to be removable as a whole.
 *
 * @param axes ascending
 * @param dims the sizes of these axes
 * @param ids one atom for each position, row-major
 */
public record Part(int[] axes, int[] dims, int[] ids) {
    /**
     * {@return atoms along one axis}
     *
     * @param axis number of an axis of the value, from 0
     * @param ids atoms, by number
     */
    public static Part of(int axis, int[] ids) {
        return new Part(new int[] {axis}, new int[] {ids.length}, ids);
    }

    /**
     * {@return whether the part lies along an axis}
     *
     * @param axis number of an axis of the value, from 0
     */
    public boolean has(int axis) {
        return index(axis) >= 0;
    }

    /** {@return whether it lies along several axes} */
    public boolean isJoint() {
        return axes.length > 1;
    }

    /**
     * {@return which of the part's axes this is, counted from 0; negative if it is none}
     *
     * @param axis number of an axis of the value, from 0
     */
    public int index(int axis) {
        return Arrays.binarySearch(axes, axis);
    }

    /**
     * {@return the size of an axis of the part}
     *
     * @param axis number of an axis of the value, from 0
     */
    public int size(int axis) {
        return dims[index(axis)];
    }

    /** Distance between neighbours along the k-th axis. */
    int stride(int k) {
        int stride = 1;
        for (int i = k + 1; i < dims.length; i++) {
            stride *= dims[i];
        }
        return stride;
    }

    /** The coordinate of a position along the k-th axis. */
    int coordinate(int position, int k) {
        return position / stride(k) % dims[k];
    }

    /**
     * {@return the same atoms on other axes of the value; re-sorted, so that axes ascend}
     *
     * @param newAxis the new number of each axis
     */
    public Part moved(IntUnaryOperator newAxis) {
        if (axes.length == 1) {
            return new Part(new int[] {newAxis.applyAsInt(axes[0])}, dims, ids);
        }
        Integer[] order = new Integer[axes.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> newAxis.applyAsInt(axes[a]) - newAxis.applyAsInt(axes[b]));
        int[] toAxes = new int[axes.length];
        int[] toDims = new int[axes.length];
        int[] strides = new int[axes.length];
        for (int i = 0; i < order.length; i++) {
            toAxes[i] = newAxis.applyAsInt(axes[order[i]]);
            toDims[i] = dims[order[i]];
            strides[i] = stride(order[i]);
        }
        return new Part(toAxes, toDims, gather(toDims, strides));
    }

    /** The atoms seen from a larger box of axes: repeated along those this part does not have. */
    int[] over(int[] boxAxes, int[] boxDims) {
        if (Arrays.equals(boxAxes, axes)) {
            return ids;
        }
        int[] strides = new int[boxAxes.length];
        for (int i = 0; i < boxAxes.length; i++) {
            int k = Arrays.binarySearch(axes, boxAxes[i]);
            strides[i] = k < 0 ? 0 : stride(k);
        }
        return gather(boxDims, strides);
    }

    /**
     * {@return a part of this one, along its k-th axis: the positions listed, in their order}
     *
     * @param k number among the axes of the part, from 0
     * @param positions along the axis, from 0
     */
    public Part select(int k, int[] positions) {
        int[] toDims = dims.clone();
        toDims[k] = positions.length;
        int[] selected = new int[product(toDims)];
        Part target = new Part(axes, toDims, selected);
        for (int p = 0; p < selected.length; p++) {
            int from = 0;
            for (int j = 0; j < axes.length; j++) {
                int at = target.coordinate(p, j);
                from += (j == k ? positions[at] : at) * stride(j);
            }
            selected[p] = ids[from];
        }
        return target;
    }

    /**
     * {@return parts of the same axes one behind the other along the k-th; {@code null} if their other sizes differ}
     *
     * @param k number among the axes of the part, from 0
     * @param parts over the same axes
     */
    public static Part concat(int k, List<Part> parts) {
        Part first = parts.get(0);
        int[] toDims = first.dims.clone();
        toDims[k] = 0;
        for (Part part : parts) {
            int[] expected = part.dims.clone();
            expected[k] = first.dims[k];
            if (!Arrays.equals(part.axes, first.axes) || !Arrays.equals(expected, first.dims)) {
                return null;
            }
            toDims[k] += part.dims[k];
        }
        int inner = first.stride(k);
        int[] joined = new int[product(toDims)];
        int at = 0;
        for (int from = 0; from < product(first.dims) / (first.dims[k] * inner); from++) {
            for (Part part : parts) {
                int run = part.dims[k] * inner;
                System.arraycopy(part.ids, from * run, joined, at, run);
                at += run;
            }
        }
        return new Part(first.axes, toDims, joined);
    }

    /**
     * {@return the part without its k-th axis, of which only the first position is looked at}
     *
     * @param k number among the axes of the part, from 0
     */
    public Part without(int k) {
        Part first = select(k, new int[] {0});
        int[] lessAxes = new int[axes.length - 1];
        int[] lessDims = new int[axes.length - 1];
        for (int i = 0, j = 0; i < axes.length; i++) {
            if (i != k) {
                lessAxes[j] = axes[i];
                lessDims[j++] = dims[i];
            }
        }
        return new Part(lessAxes, lessDims, first.ids);
    }

    /** Unites the atoms along the k-th axis, so that nothing depends on it any more. */
    Part tie(int k, Atoms atoms) {
        int stride = stride(k);
        for (int p = 0; p < ids.length; p++) {
            atoms.unite(ids[p], ids[p - coordinate(p, k) * stride]);
        }
        return without(k);
    }

    /** Unites atoms so that they depend on the k-th axis only. */
    Part tieTo(int k, Atoms atoms) {
        Part tied = this;
        for (int other = axes.length - 1; other >= 0; other--) {
            if (other != k) {
                tied = tied.tie(other, atoms);
            }
        }
        return tied;
    }

    /** Whether positions that differ along the k-th axis only are the same atom, or all frozen. */
    boolean isConstantAlong(int k, Atoms atoms) {
        int stride = stride(k);
        for (int p = 0; p < ids.length; p++) {
            if (atoms.mobile(ids[p]) != atoms.mobile(ids[p - coordinate(p, k) * stride])) {
                return false;
            }
        }
        return true;
    }

    /** Drops the axes that nothing depends on; one axis always stays. */
    Part simplified(Atoms atoms) {
        Part part = this;
        for (int k = axes.length - 1; k >= 0; k--) {
            if (part.isJoint() && (part.dims[k] == 1 || part.isConstantAlong(k, atoms))) {
                part = part.without(k);
            }
        }
        return part;
    }

    /** How many removable units would be left if all but the k-th axis were tied. */
    int unitsAlong(int k, Atoms atoms) {
        Set<Integer> units = new HashSet<>();
        Set<Integer> kept = new HashSet<>();
        for (int p = 0; p < ids.length; p++) {
            int at = coordinate(p, k);
            units.add(at);
            if (atoms.mobile(ids[p]) < 0) {
                kept.add(at);
            }
        }
        return units.size() - kept.size();
    }

    private int[] gather(int[] toDims, int[] strides) {
        int[] gathered = new int[product(toDims)];
        int[] at = new int[toDims.length];
        int from = 0;
        for (int p = 0; p < gathered.length; p++) {
            gathered[p] = ids[from];
            for (int i = toDims.length - 1; i >= 0; i--) {
                from += strides[i];
                if (++at[i] < toDims[i]) {
                    break;
                }
                from -= strides[i] * toDims[i];
                at[i] = 0;
            }
        }
        return gathered;
    }

    /**
     * {@return the product of sizes}
     *
     * @param dims sizes
     */
    public static int product(int[] dims) {
        int product = 1;
        for (int dim : dims) {
            product = Math.multiplyExact(product, dim);
        }
        return product;
    }
}
