package io.millrace.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * What training makes small: cross-entropy with the labels, and the distance to a teacher's outputs (Hinton, Vinyals
 * and Dean, 2015).
 *
 * @param labelSmoothing share of the label spread over all classes, 0 to below 1
 * @param temperature softens both distributions before they are compared, above 0
 * @param teacherWeight share of the teacher in the loss where labels and teacher are both there: 0 to 1
 */
public record Loss(double labelSmoothing, double temperature, double teacherWeight) {
    private static final int MEAN = 1;
    private static final int SUM = 2;

    /** Labels alone. */
    public static Loss crossEntropy(double labelSmoothing) {
        return new Loss(labelSmoothing, 1, 0);
    }

    /**
     * @param logits [samples x classes]; of any shape where there are no labels
     * @param labels [samples] or {@code null}
     * @param teacher the teacher's logits, as {@code logits}, or {@code null}
     */
    Tensor of(Tensor logits, Tensor labels, Tensor teacher) {
        if (labels == null && teacher == null) {
            throw new IllegalArgumentException("neither labels nor a teacher to learn from");
        }
        if (teacher == null) {
            return crossEntropy(logits, labels);
        }
        Tensor distance = logits.dim() == 2 ? divergence(logits, teacher) : relativeError(logits, teacher);
        if (labels == null || teacherWeight == 1) {
            return distance;
        }
        return torch.add(
                crossEntropy(logits, labels).mul(new Scalar(1 - teacherWeight)), distance, new Scalar(teacherWeight));
    }

    private Tensor crossEntropy(Tensor logits, Tensor labels) {
        return torch.cross_entropy_loss(logits, labels, new TensorOptional(), MEAN, -100, labelSmoothing);
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
        return output.sub(teacher).square().mean().div(teacher.square().mean().add(new Scalar(1e-12)));
    }
}
