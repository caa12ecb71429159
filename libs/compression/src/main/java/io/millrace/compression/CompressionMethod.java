package io.millrace.compression;

import io.millrace.onnx.OnnxModel;
import java.util.Set;

/**
 * A method of compression.
 *
 * @param <P> the record of its parameters, as jobs give them
 */
public interface CompressionMethod<P extends Record> {

    /** As jobs write it. */
    String name();

    Class<P> parameters();

    /** What is asked for, in the terms that all methods share. */
    CompressionRequest request(P parameters);

    /**
     * The names of those parameters of its own that neither the options nor their measured losses depend on, as jobs
     * write them. Tasks that differ in nothing else share their measurements.
     */
    Set<String> afterMeasuring();

    /**
     * What can be done to a network.
     *
     * @param seed of all random choices
     * @throws InvalidRequestException if the parameters name something that the network does not have
     */
    CompressionPlan plan(OnnxModel model, P parameters, long seed);
}
