/**
 * The one way in which networks are compressed, whatever the method: plan, measure (spread over the workers in portions
 * of about equal work), select, apply, prove, refit, compare, report. A method is a {@link
 * io.millrace.compression.CompressionMethod}; a service is a list of them in a {@link
 * io.millrace.compression.CompressionStage}. How to add one: {@code docs/adding-a-method.md}.
 */
package io.millrace.compression;
