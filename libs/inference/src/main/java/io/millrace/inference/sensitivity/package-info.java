/**
 * How much a network's answer changes when one part of it is compressed, and the choice, made from that, of how far to
 * compress each part.
 */
package io.millrace.inference.sensitivity;
