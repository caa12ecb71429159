package io.millrace.data;

import io.millrace.onnx.ElementType;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of NumPy's .npy format, versions 1 to 3: magic, version, length, and a Python dictionary of {@code descr},
 * {@code fortran_order} and {@code shape}.
 *
 * @param array what it holds
 * @param bigEndian whether the most significant byte of each number comes first
 * @param fortran whether the first axis runs fastest
 */
record NpyHeader(ArrayHeader array, boolean bigEndian, boolean fortran) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER = 1 << 16;
    private static final int MAX_RANK = 16;
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
    private static final Map<String, ElementType> TYPES = Map.ofEntries(
            Map.entry("f4", ElementType.FLOAT),
            Map.entry("f8", ElementType.DOUBLE),
            Map.entry("f2", ElementType.FLOAT16),
            Map.entry("u1", ElementType.UINT8),
            Map.entry("i1", ElementType.INT8),
            Map.entry("b1", ElementType.BOOL),
            Map.entry("i2", ElementType.INT16),
            Map.entry("u2", ElementType.UINT16),
            Map.entry("i4", ElementType.INT32),
            Map.entry("u4", ElementType.UINT32),
            Map.entry("i8", ElementType.INT64),
            Map.entry("u8", ElementType.UINT64));

    /**
     * Reads up to the first value.
     *
     * @param where file and array, for messages
     */
    static NpyHeader read(InputStream stream, String where) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        try {
            if (!java.util.Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
                throw new InvalidDataException(where + ": not a NumPy array (no \\x93NUMPY at its start)");
            }
            int major = in.readUnsignedByte();
            in.readUnsignedByte();
            long length = Integer.toUnsignedLong(
                    Integer.reverseBytes(major == 1 ? in.readUnsignedShort() << 16 : in.readInt()));
            if (length > MAX_HEADER) {
                throw new InvalidDataException(where + ": header of " + length + " bytes, at most 65536 are read");
            }
            return parse(new String(in.readNBytes((int) length), StandardCharsets.UTF_8), where);
        } catch (EOFException e) {
            throw new InvalidDataException(where + ": truncated in its header", e);
        }
    }

    private static NpyHeader parse(String header, String where) {
        String descr = find(DESCR, header, "element type", where);
        ElementType type = descr.matches("[<>=|].*") ? TYPES.get(descr.substring(1)) : null;
        if (type == null) {
            throw new InvalidDataException(where + ": element type '" + descr
                    + "' is not read; save it as whole numbers or floats of 1 to 8 bytes, for example with"
                    + " array.astype('float32')");
        }
        ArrayHeader array = new ArrayHeader(type, shape(find(SHAPE, header, "shape", where), where));
        return new NpyHeader(
                array,
                descr.charAt(0) == '>',
                find(ORDER, header, "order", where).equals("True") && array.dims().length > 1);
    }

    /** The values as everything behind this reads them: little-endian, the last axis fastest. */
    byte[] inOrder(byte[] stored) {
        int element = array.type().bits() / 8;
        if (bigEndian && element > 1) {
            for (int i = 0; i < stored.length; i += element) {
                for (int low = i, high = i + element - 1; low < high; low++, high--) {
                    byte swapped = stored[low];
                    stored[low] = stored[high];
                    stored[high] = swapped;
                }
            }
        }
        return fortran ? lastAxisFastest(stored, element) : stored;
    }

    private byte[] lastAxisFastest(byte[] stored, int element) {
        long[] dims = array.dims();
        byte[] turned = new byte[stored.length];
        int[] at = new int[dims.length];
        int[] step = new int[dims.length];
        for (int axis = 0, product = 1; axis < dims.length; axis++) {
            step[axis] = product;
            product *= (int) dims[axis];
        }
        int from = 0;
        for (int to = 0; to < stored.length; to += element) {
            System.arraycopy(stored, from * element, turned, to, element);
            int axis = dims.length - 1;
            while (axis >= 0 && ++at[axis] == dims[axis]) {
                from -= (at[axis] - 1) * step[axis];
                at[axis--] = 0;
            }
            if (axis >= 0) {
                from += step[axis];
            }
        }
        return turned;
    }

    private static long[] shape(String text, String where) {
        String[] parts = text.isBlank() ? new String[0] : text.trim().split("\\s*,\\s*");
        if (parts.length > MAX_RANK) {
            throw new InvalidDataException(where + ": more than " + MAX_RANK + " dimensions");
        }
        long[] dims = new long[parts.length];
        try {
            long count = 1;
            for (int i = 0; i < dims.length; i++) {
                dims[i] = Long.parseLong(parts[i].replace("L", ""));
                count = Math.multiplyExact(count, dims[i]);
                if (dims[i] < 0) {
                    throw new NumberFormatException();
                }
            }
            Math.multiplyExact(count, 8L);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new InvalidDataException(where + ": impossible shape (" + text + ")", e);
        }
        return dims;
    }

    private static String find(Pattern pattern, String header, String what, String where) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new InvalidDataException(where + ": its header states no " + what
                    + (what.equals("element type") ? " of plain numbers (structured arrays are not read)" : ""));
        }
        return matcher.group(1);
    }
}
