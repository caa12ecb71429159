package io.millrace.artifacts;

/**
 * One file of a folder in the store.
 *
 * @param name relative to the folder, parts separated by {@code /}
 * @param sha256 of its content; {@code null} where nobody has recorded it
 */
public record StoredObject(String name, String sha256, long size) {}
