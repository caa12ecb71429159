/**
 * Channel algebra: which channels of a network can be removed, what goes together, and the removal itself. {@link
 * io.millrace.onnx.channels.ChannelGroups} finds the groups, {@link io.millrace.onnx.channels.ChannelCut} removes units of
 * them, {@link io.millrace.onnx.channels.ChannelProof} proves it on a network. {@link io.millrace.onnx.channels.Site} and
 * {@link io.millrace.onnx.channels.NodeCut} are what the rules of an operator see; these are in {@link
 * io.millrace.onnx.operator}. The page {@code docs/algorithms/channel-algebra.md} explains the words with an example.
 */
package io.millrace.onnx.channels;
