/**
 * What compressing each part of a network costs and loses, and how far each part is compressed to meet a target. Knows
 * parts and options only; what a part is (a layer, a group of channels) and what is done to it are a method's own.
 */
package io.millrace.selection;
