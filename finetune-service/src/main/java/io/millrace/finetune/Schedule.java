package io.millrace.finetune;

import io.millrace.contracts.method.FinetuneParameters;

/**
 * The learning rate over a training.
 *
 * @param peak the highest rate
 * @param stepsPerEpoch steps of one epoch
 * @param steps of the whole training
 */
record Schedule(FinetuneParameters parameters, double peak, long stepsPerEpoch, long steps) {

    /** @param share of the learning rate that the parameters give */
    static Schedule of(FinetuneParameters parameters, long stepsPerEpoch, double share) {
        return new Schedule(
                parameters, share * parameters.learningRate(), stepsPerEpoch, stepsPerEpoch * parameters.epochs());
    }

    /** @param step from 0 */
    double rateAt(long step) {
        double warm = parameters.warmUp() * steps;
        if (step < warm) {
            return peak * (step + 1) / (warm + 1);
        }
        return switch (parameters.schedule()) {
            case COSINE -> peak * (0.5 + 0.5 * Math.cos(Math.PI * (step - warm) / (steps - warm)));
            case STEP -> peak * Math.pow(parameters.stepFactor(), step / (stepsPerEpoch * parameters.stepEpochs()));
            case CONSTANT -> peak;
        };
    }
}
