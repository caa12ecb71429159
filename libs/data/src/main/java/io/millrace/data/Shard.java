package io.millrace.data;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/** One piece of a data set that is read as a whole: arrays of as many samples each. */
interface Shard {

    /** What messages name. */
    Path file();

    /** The file that holds an array. */
    default Path file(String array) {
        return file();
    }

    /** The arrays in it, by name. */
    Map<String, ArrayHeader> arrays();

    /**
     * The little-endian values of one array.
     *
     * @throws InvalidDataException if it is truncated, of a type or order that is not read, or not there
     */
    ByteBuffer read(String array);

    /** The header of an array that has to be there. */
    default ArrayHeader array(String name) {
        ArrayHeader header = arrays().get(name);
        if (header == null) {
            throw new InvalidDataException("%s: no array '%s'; it holds %s".formatted(file(), name, arrays().keySet()));
        }
        return header;
    }
}
