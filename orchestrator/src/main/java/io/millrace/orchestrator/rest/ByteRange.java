package io.millrace.orchestrator.rest;

import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.core.Response;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of a content is asked for (RFC 9110, one range of bytes).
 *
 * @param first byte, from 0
 * @param length how many
 * @param size of the whole content
 */
record ByteRange(long first, long length, long size, boolean partial) {
    private static final Pattern ONE_RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    static ByteRange all(long size) {
        return new ByteRange(0, size, size, false);
    }

    /** Several ranges, other units and nonsense ask for everything, as the RFC allows. */
    static ByteRange parse(String header, long size) {
        Matcher range = ONE_RANGE.matcher(header == null ? "" : header.trim());
        if (!range.matches() || range.group(1).isEmpty() && range.group(2).isEmpty()) {
            return all(size);
        }
        long first;
        long last = size - 1;
        if (range.group(1).isEmpty()) {
            first = Math.max(0, size - Long.parseLong(range.group(2)));
        } else {
            first = Long.parseLong(range.group(1));
            last = range.group(2).isEmpty() ? last : Math.min(last, Long.parseLong(range.group(2)));
        }
        if (first > last) {
            throw new ClientErrorException(
                    "the content has %d bytes, %s lies outside".formatted(size, header),
                    Response.status(416)
                            .header("Content-Range", "bytes */" + size)
                            .build());
        }
        return new ByteRange(first, last - first + 1, size, true);
    }

    String contentRange() {
        return "bytes %d-%d/%d".formatted(first, first + length - 1, size);
    }
}
