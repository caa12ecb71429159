package io.millrace.svd;

import io.millrace.compression.CompressionStage;
import io.millrace.contracts.Stages;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Decomposition as a stage; its methods, a line each. */
@ApplicationScoped
public class SvdStage extends CompressionStage {
    public SvdStage() {
        super(Stages.SVD, List.of(new SpatialSvdMethod()));
    }
}
