package io.millrace.standalone;

import io.millrace.compression.CompressionOffer;
import io.millrace.compression.CompressionStage;
import io.millrace.onnx.OnnxModel;
import io.millrace.pruning.PruningStage;
import io.millrace.svd.SvdStage;
import java.util.List;
import java.util.stream.Stream;

/** What the services of this installation can do to a network. */
public final class OfferedMethods {
    /** Columns of inspection, a verdict for each layer: what the network's structure allows. */
    public static final List<String> COLUMNS = List.of("prune-out", "prune-in", "quantize");

    private OfferedMethods() {}

    /** By method of compression, the parts that it would make smaller, and why not the others. */
    public static List<CompressionOffer> of(OnnxModel model) {
        return Stream.<CompressionStage>of(new SvdStage(), new PruningStage())
                .flatMap(stage -> stage.offers(model).stream())
                .toList();
    }
}
