package io.millrace.svd.calibration;

import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition;
import io.millrace.svd.method.Decomposition.Factorization;
import java.util.Collections;
import java.util.List;

/**
 * A layer decomposed in the metric of data and, to be safe, in the plain one: of each cut the chain that errs less on the
 * samples kept aside.
 */
public final class DataAware implements Factorization {
    private final Layer layer;
    private final Metrics metrics;
    private final Factorization plain;
    private final Factorization weighed;

    public DataAware(Decomposition method, Layer layer, Metrics metrics) {
        this.layer = layer;
        this.metrics = metrics;
        this.plain = method.factorize(layer, Collections.nCopies(layer.groups(), Metric.PLAIN));
        this.weighed = method.factorize(layer, metrics.fitted());
    }

    @Override
    public List<ChainLink> chain(Cut cut) {
        List<ChainLink> byWeights = plain.chain(cut);
        List<ChainLink> byData = weighed.chain(cut);
        return metrics.loss(layer, byData) < metrics.loss(layer, byWeights) ? byData : byWeights;
    }
}
