package io.millrace.onnx.output;

/**
 * One output of a network and what it holds.
 *
 * @param name of the output
 * @param normalised whether its numbers are probabilities already, by a Softmax or Sigmoid of the graph
 * @param axis along which its classes lie; 1 where there is no other
 * @param classes how many there are; -1 where the graph leaves it open, 1 where there is no axis of classes
 * @param scores the value that goes into the Softmax, LogSoftmax or Sigmoid which makes it: what a loss is taken of; the
 *     output itself where there is none
 * @param why what told the kind, for people
 */
public record ModelOutput(
        String name, OutputKind kind, boolean normalised, int axis, long classes, String scores, String why) {

    ModelOutput as(OutputKind other, String reason) {
        return new ModelOutput(name, other, normalised, axis, classes, scores, reason);
    }

    /** {@return kind and reason for people: {@code class-scores: the labels fit}} */
    public String words() {
        return kind.word() + ": " + why;
    }
}
