package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import java.util.List;

/**
 * Channels that can be removed from a network, in units: whatever belongs to one unit, in all tensors, goes or stays
 * together. Every unit touches the same axes, so a group that keeps one unit leaves no axis empty.
 */
public final class ChannelGroup {
    private final String id;
    private final int size;
    private final List<Slot> slots;
    private final List<Node> producers;
    private final List<Node> consumers;
    private final int[][] blocks;
    private final int[] roots;
    private final AtomGraph analysis;

    ChannelGroup(
            AtomGraph analysis,
            String id,
            int[] roots,
            List<Slot> slots,
            List<Node> producers,
            List<Node> consumers,
            int[][] blocks) {
        this.analysis = analysis;
        this.id = id;
        this.size = roots.length;
        this.roots = roots;
        this.slots = List.copyOf(slots);
        this.producers = List.copyOf(producers);
        this.consumers = List.copyOf(consumers);
        this.blocks = blocks;
    }

    /** {@return the label of the first producer; several groups may share one} */
    public String id() {
        return id;
    }

    /** {@return number of units} */
    public int size() {
        return size;
    }

    /** {@return every stored tensor the units own a part of} */
    public List<Slot> slots() {
        return slots;
    }

    /** {@return layers whose output channels are of this group, in the order of the graph} */
    public List<Node> producers() {
        return producers;
    }

    /** {@return layers whose input channels are of this group, in the order of the graph} */
    public List<Node> consumers() {
        return consumers;
    }

    /**
     * {@return the units in blocks, of which equally many must be removed from each (groups of a grouped convolution);
     * a single block where any may go}
     */
    public int[][] blocks() {
        return blocks;
    }

    /** {@return how many units each block keeps at least} */
    public int minimum() {
        return 1;
    }

    /** The atoms that stand for the units in the analysis this group is of. */
    int[] roots() {
        return roots;
    }

    /** The analysis this group is of. */
    AtomGraph analysis() {
        return analysis;
    }

    @Override
    public String toString() {
        return id + " (" + size + " units)";
    }
}
