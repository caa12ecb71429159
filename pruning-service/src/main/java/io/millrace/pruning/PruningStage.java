package io.millrace.pruning;

import io.millrace.compression.CompressionStage;
import io.millrace.contracts.Stages;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Pruning as a stage; its methods, a line each. */
@ApplicationScoped
public class PruningStage extends CompressionStage {
    public PruningStage() {
        super(Stages.PRUNING, List.of(new ChannelPruningMethod()));
    }
}
