package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The channels of a network that can be removed, and the reasons why the others cannot. */
public final class ChannelGroups {
    private ChannelGroups() {}

    /** Analyses a model. Never fails on a valid model: what is not understood is frozen, with a reason. */
    public static ChannelGroups of(OnnxModel model) {
        return new ChannelGroups();
    }

    /** The groups, in the order of their first producers. */
    public List<ChannelGroup> groups() {
        return List.of();
    }

    /** Layers of which nothing can be cut on one side, by label, and why. */
    public Map<String, String> declined() {
        return Map.of();
    }

    /** The group that holds the output channels of a layer; the largest where they are spread over several. */
    public Optional<ChannelGroup> groupOfOutput(Node layer) {
        return groupsOfOutput(layer).stream().findFirst();
    }

    /** The group that holds the input channels of a layer; the largest where they are spread over several. */
    public Optional<ChannelGroup> groupOfInput(Node layer) {
        return groupsOfInput(layer).stream().findFirst();
    }

    /** All groups the output channels of a layer are spread over, the largest first. */
    public List<ChannelGroup> groupsOfOutput(Node layer) {
        return List.of();
    }

    /** All groups the input channels of a layer are spread over, the largest first. */
    public List<ChannelGroup> groupsOfInput(Node layer) {
        return List.of();
    }
}
