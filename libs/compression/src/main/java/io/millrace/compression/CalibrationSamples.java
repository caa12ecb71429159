package io.millrace.compression;

import io.millrace.data.Batches;
import io.millrace.inference.KnownOutputs;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.sensitivity.Samples;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.ModelOutput;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The data by which a network's compression is measured and fitted. */
public final class CalibrationSamples {
    private final OnnxModel model;
    private final Path folder;
    private final Map<String, String> declared;
    private final long seed;
    private final SessionOptions options;

    /**
     * @param folder of the data set
     * @param declared what the job says of the model's outputs: kinds by name
     * @param seed decides which samples are drawn
     * @param options of the sessions that run networks on them
     */
    public CalibrationSamples(
            OnnxModel model, Path folder, Map<String, String> declared, long seed, SessionOptions options) {
        this.model = model;
        this.folder = folder;
        this.declared = declared;
        this.seed = seed;
        this.options = options;
    }

    /**
     * A random choice of the samples, the same ones every time.
     *
     * @throws io.millrace.data.InvalidDataException if the data set is broken or does not fit the model
     */
    public Batches draw(int limit) {
        return Samples.of(folder, model, limit, seed);
    }

    /** What the network's outputs hold. */
    public List<ModelOutput> outputs() {
        return KnownOutputs.of(model, folder, declared);
    }

    public SessionOptions options() {
        return options;
    }

    public long seed() {
        return seed;
    }
}
