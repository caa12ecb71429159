package io.millrace.svd;

import io.millrace.compression.CompressionStage;
import io.millrace.contracts.Stages;
import io.millrace.contracts.method.Method;
import io.millrace.svd.cp.Cp;
import io.millrace.svd.spatial.SpatialSvd;
import io.millrace.svd.tucker.Tucker;
import io.millrace.svd.weight.WeightSvd;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Decomposition as a stage; its methods, a line each. */
@ApplicationScoped
public class SvdStage extends CompressionStage {
    public SvdStage() {
        super(
                Stages.SVD,
                List.of(
                        new DecompositionMethod(Method.SPATIAL_SVD, new SpatialSvd()),
                        new DecompositionMethod(Method.WEIGHT_SVD, new WeightSvd()),
                        new DecompositionMethod(Method.TUCKER, new Tucker()),
                        new DecompositionMethod(Method.CP, new Cp()),
                        new DecompositionMethod(Method.AUTO, new SpatialSvd(), new WeightSvd(), new Tucker())));
    }
}
