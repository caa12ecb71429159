package io.millrace.tensor;

import io.millrace.onnx.output.OutputKind;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What training makes small: cross-entropy with the labels, and the distance to a teacher's outputs (Hinton, Vinyals
 * and Dean, 2015). Which cross-entropy and which distance follows from what the outputs hold.
 *
 * @param labelSmoothing share of the label spread over all classes, 0 to below 1
 * @param temperature softens both distributions before they are compared, above 0
 * @param teacherWeight share of the teacher in the loss where labels and teacher are both there: 0 to 1
 * @param kind of the values that the loss is taken of: {@link OutputKind#CLASS_SCORES} and {@link
 *     OutputKind#BINARY_SCORE} are logits, {@link OutputKind#INDEPENDENT_SCORES} too
 */
public record Loss(double labelSmoothing, double temperature, double teacherWeight, OutputKind kind) {
    private static final int MEAN = 1;
    private static final int SUM = 2;
    private static final double TINY = 1e-12;

    /** Of scores of classes. */
    public Loss(double labelSmoothing, double temperature, double teacherWeight) {
        this(labelSmoothing, temperature, teacherWeight, OutputKind.CLASS_SCORES);
    }

    /** Labels alone. */
    public static Loss crossEntropy(double labelSmoothing) {
        return new Loss(labelSmoothing, 1, 0);
    }

    /** The same for values of another kind. */
    public Loss of(OutputKind other) {
        return new Loss(labelSmoothing, temperature, teacherWeight, other);
    }

    private boolean ofClasses() {
        return kind == OutputKind.CLASS_SCORES || kind == OutputKind.PROBABILITIES;
    }

    /** Whether a sample with such values can be right or wrong. */
    boolean makesChoices(Tensor values) {
        return ofClasses() && values.dim() == 2 || kind == OutputKind.BINARY_SCORE;
    }

    /**
     * @param values [samples x classes] for classes; of any shape else
     * @param labels [samples] or {@code null}
     * @param teacher the teacher's values, as {@code values}, or {@code null}
     */
    Tensor of(Tensor values, Tensor labels, Tensor teacher) {
        if (labels == null && teacher == null) {
            throw new IllegalArgumentException("neither labels nor a teacher to learn from");
        }
        if (teacher == null) {
            return byLabels(values, labels);
        }
        Tensor distance = distance(values, teacher);
        if (labels == null || teacherWeight == 1) {
            return distance;
        }
        return torch.add(
                byLabels(values, labels).mul(new Scalar(1 - teacherWeight)), distance, new Scalar(teacherWeight));
    }

    private Tensor byLabels(Tensor values, Tensor labels) {
        if (ofClasses()) {
            return torch.cross_entropy_loss(logits(values), labels, new TensorOptional(), MEAN, -100, labelSmoothing);
        }
        if (kind == OutputKind.BINARY_SCORE) {
            return yesOrNo(values.flatten(), labels.to(ScalarType.Float));
        }
        throw new IllegalArgumentException("labels of classes do not fit an output of " + kind.word());
    }

    private Tensor distance(Tensor values, Tensor teacher) {
        return switch (kind) {
            case CLASS_SCORES, PROBABILITIES ->
                values.dim() == 2 ? divergence(logits(values), logits(teacher)) : relativeError(values, teacher);
            case BINARY_SCORE, INDEPENDENT_SCORES -> yesOrNo(values, torch.sigmoid(teacher));
            default -> relativeError(values, teacher);
        };
    }

    private Tensor logits(Tensor values) {
        return kind == OutputKind.PROBABILITIES
                ? values.clamp_min(new Scalar(TINY)).log()
                : values;
    }

    private static Tensor yesOrNo(Tensor logits, Tensor wanted) {
        return torch.binary_cross_entropy_with_logits(logits, wanted, new TensorOptional(), new TensorOptional(), MEAN);
    }

    /** Kullback-Leibler divergence of the softened distributions, scaled by T^2 so that gradients keep their size. */
    private Tensor divergence(Tensor logits, Tensor teacher) {
        Scalar cold = new Scalar(1 / temperature);
        Tensor student = torch.log_softmax(logits.mul(cold), 1);
        Tensor target = torch.softmax(teacher.mul(cold), 1);
        Scalar scale = new Scalar(temperature * temperature / logits.size(0));
        return torch.kl_div(student, target, SUM, false).mul(scale);
    }

    private static Tensor relativeError(Tensor output, Tensor teacher) {
        return output.sub(teacher).square().mean().div(teacher.square().mean().add(new Scalar(TINY)));
    }
}
