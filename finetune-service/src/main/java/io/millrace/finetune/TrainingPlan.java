package io.millrace.finetune;

import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.data.BatchOptions;
import io.millrace.data.Dataset;
import java.util.OptionalInt;

/**
 * Which samples are trained on, and in what portions.
 *
 * @param aside those that are kept aside, to judge the training by
 * @param batch samples of one step
 * @param seed of the order
 */
record TrainingPlan(KeptAside aside, int batch, long stepsPerEpoch, long seed) {

    /**
     * @param fixed the batch size of a model that takes one only
     * @throws IllegalArgumentException if the data is too small
     */
    static TrainingPlan of(Dataset data, FinetuneParameters parameters, long seed, OptionalInt fixed) {
        long available = parameters.limit() > 0 ? Math.min(parameters.limit(), data.size()) : data.size();
        int wanted = fixed.orElse((int) Math.min(parameters.batch(), available));
        KeptAside aside = KeptAside.of(data, seed, available, wanted, fixed.isPresent());
        long samples = Math.min(available, data.size() - aside.samples());
        int batch = fixed.orElse((int) Math.min(wanted, samples));
        long stepsPerEpoch = batch == 0 ? 0 : samples / batch;
        if (stepsPerEpoch == 0) {
            throw new IllegalArgumentException(
                    "%d samples for training, but the model takes batches of %d".formatted(samples, batch));
        }
        return new TrainingPlan(aside, batch, stepsPerEpoch, seed);
    }

    /** The samples of an epoch, in its own order. */
    BatchOptions epoch(int number) {
        return aside.without(new BatchOptions(batch, seed * 1_000_003 + number, stepsPerEpoch * batch, true));
    }
}
