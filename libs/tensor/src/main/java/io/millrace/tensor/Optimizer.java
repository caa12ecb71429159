package io.millrace.tensor;

import io.millrace.tensor.OptimizerSettings.AdamW;
import io.millrace.tensor.OptimizerSettings.Sgd;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Changes parameters by their gradients, in place. The caller has autograd off and a pointer scope open. */
abstract sealed class Optimizer {
    private final Map<String, Tensor> parameters;

    private Optimizer(Map<String, Tensor> parameters) {
        this.parameters = parameters;
    }

    static Optimizer of(OptimizerSettings settings, Map<String, Tensor> parameters) {
        if (settings instanceof Sgd sgd) {
            return new SgdOptimizer(sgd, parameters);
        }
        return new AdamWOptimizer((AdamW) settings, parameters);
    }

    /**
     * One step by the gradients there are; they are gone afterwards.
     *
     * @param step number of this step, from 1
     */
    final void step(double learningRate, long step) {
        parameters.forEach((name, parameter) -> {
            Tensor gradient = parameter.mutable_grad();
            if (gradient.defined()) {
                update(name, parameter, gradient, learningRate, step);
                gradient.reset();
            }
        });
    }

    abstract void update(String name, Tensor parameter, Tensor gradient, double learningRate, long step);

    /** What it remembers between steps, by a name that begins with the parameter's. */
    abstract Map<String, Tensor> state();

    static boolean decays(Tensor parameter) {
        return parameter.dim() > 1;
    }

    private static Map<String, Tensor> zerosLike(Map<String, Tensor> parameters) {
        Map<String, Tensor> zeros = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> zeros.put(name, torch.zeros_like(parameter)));
        return zeros;
    }

    private static final class SgdOptimizer extends Optimizer {
        private final Sgd settings;
        private final Map<String, Tensor> velocities;
        private final Scalar momentum;
        private final Scalar decay;

        SgdOptimizer(Sgd settings, Map<String, Tensor> parameters) {
            super(parameters);
            this.settings = settings;
            this.velocities = settings.momentum() > 0 ? zerosLike(parameters) : Map.of();
            this.momentum = new Scalar(settings.momentum());
            this.decay = new Scalar(settings.weightDecay());
        }

        @Override
        void update(String name, Tensor parameter, Tensor gradient, double learningRate, long step) {
            if (settings.weightDecay() > 0 && decays(parameter)) {
                gradient.add_(parameter, decay);
            }
            Tensor velocity = velocities.get(name);
            Tensor direction = gradient;
            if (velocity != null) {
                velocity.mul_(momentum).add_(gradient);
                direction = settings.nesterov() ? gradient.add_(velocity, momentum) : velocity;
            }
            parameter.add_(direction, new Scalar(-learningRate));
        }

        @Override
        Map<String, Tensor> state() {
            Map<String, Tensor> state = new LinkedHashMap<>();
            velocities.forEach((name, tensor) -> state.put(name + "#velocity", tensor));
            return state;
        }
    }

    private static final class AdamWOptimizer extends Optimizer {
        private final AdamW settings;
        private final Map<String, Tensor> means;
        private final Map<String, Tensor> squares;

        AdamWOptimizer(AdamW settings, Map<String, Tensor> parameters) {
            super(parameters);
            this.settings = settings;
            this.means = zerosLike(parameters);
            this.squares = zerosLike(parameters);
        }

        @Override
        void update(String name, Tensor parameter, Tensor gradient, double learningRate, long step) {
            if (settings.weightDecay() > 0 && decays(parameter)) {
                parameter.mul_(new Scalar(1 - learningRate * settings.weightDecay()));
            }
            Tensor mean = means.get(name).lerp_(gradient, new Scalar(1 - settings.beta1()));
            Tensor square = squares.get(name)
                    .mul_(new Scalar(settings.beta2()))
                    .addcmul_(gradient, gradient, new Scalar(1 - settings.beta2()));
            double meanBias = 1 - Math.pow(settings.beta1(), step);
            double squareBias = 1 - Math.pow(settings.beta2(), step);
            Tensor size = square.sqrt().div_(new Scalar(Math.sqrt(squareBias))).add_(new Scalar(settings.epsilon()));
            parameter.addcdiv_(mean, size, new Scalar(-learningRate / meanBias));
        }

        @Override
        Map<String, Tensor> state() {
            Map<String, Tensor> state = new LinkedHashMap<>();
            means.forEach((name, tensor) -> state.put(name + "#mean", tensor));
            squares.forEach((name, tensor) -> state.put(name + "#square", tensor));
            return state;
        }
    }
}
