/**
 * How long a network takes, told from its operations: each is measured once on each kind of machine, as a network of one
 * node, and found again by whoever needs it.
 */
package io.millrace.inference.time;
