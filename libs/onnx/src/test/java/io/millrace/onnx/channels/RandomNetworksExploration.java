package io.millrace.onnx.channels;

import io.millrace.onnx.random.RandomNetwork;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * As {@link RandomNetworksTest}, with new networks each time. Not part of the build; run it by name, and keep what it
 * finds as an example: {@code ./mvnw -pl libs/onnx test -Dtest=RandomNetworksExploration}.
 */
class RandomNetworksExploration {

    @Property(tries = 4_000, edgeCases = EdgeCasesMode.NONE)
    void prunedEqualsZeroed(@ForAll RandomNetwork network) {
        RandomNetworksTest.checkPrunedEqualsZeroed(network.model());
    }
}
