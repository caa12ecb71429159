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
 * Reads the header of NumPy's .npy format, versions 1 to 3: magic, version, length, and a Python dictionary of
 * {@code descr}, {@code fortran_order} and {@code shape}.
 */
final class NpyHeader {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER = 1 << 16;
    private static final int MAX_RANK = 16;
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
    private static final Map<String, ElementType> TYPES = Map.ofEntries(
            Map.entry("<f4", ElementType.FLOAT),
            Map.entry("<f8", ElementType.DOUBLE),
            Map.entry("<f2", ElementType.FLOAT16),
            Map.entry("|u1", ElementType.UINT8),
            Map.entry("|i1", ElementType.INT8),
            Map.entry("|b1", ElementType.BOOL),
            Map.entry("<i2", ElementType.INT16),
            Map.entry("<u2", ElementType.UINT16),
            Map.entry("<i4", ElementType.INT32),
            Map.entry("<u4", ElementType.UINT32),
            Map.entry("<i8", ElementType.INT64),
            Map.entry("<u8", ElementType.UINT64));

    private NpyHeader() {}

    /**
     * Reads up to the first value.
     *
     * @param where file and array, for messages
     */
    static ArrayHeader read(InputStream stream, String where) throws IOException {
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

    private static ArrayHeader parse(String header, String where) {
        String descr = find(DESCR, header, "element type", where);
        ElementType type = TYPES.get(descr);
        if (type == null) {
            throw new InvalidDataException(where + ": element type '" + descr
                    + "' is not read; save it as uint8, int32, int64, float16, float32 or float64 in little-endian"
                    + " order, for example with array.astype('<f4')");
        }
        if (find(ORDER, header, "order", where).equals("True")) {
            throw new InvalidDataException(
                    where + ": stored in Fortran order; save numpy.ascontiguousarray(array) instead");
        }
        return new ArrayHeader(type, shape(find(SHAPE, header, "shape", where), where));
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
