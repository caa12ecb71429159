package io.millrace.onnx.channels;

/**
 * The part of one stored tensor that belongs to the units of a group.
 *
 * @param tensor the initializer, or the output of a Constant node
 * @param axis the axis along which units own positions
 * @param groups 1, or the number of groups of a grouped convolution whose weight {@code [M, C/groups, ...]} this is when
 *     {@code axis} is 1: positions then count the input channels of the whole convolution, {@code 0 .. C-1}, and
 *     channel {@code c} is column {@code c % (C/groups)} of the rows of group {@code c / (C/groups)}
 * @param indices {@code indices[u]}: the positions that unit {@code u} owns
 * @param role what the tensor does with the channels
 */
public record Slot(String tensor, int axis, int groups, int[][] indices, Role role) {
    /** What a tensor does with the channels of a group. */
    public enum Role {
        /** Rows of a weight, of a bias or of a normalisation's scale or shift: they make the channels. */
        OUTPUT,
        /** Columns of a weight: they read the channels. */
        INPUT,
        /** Other values along the channels: means, variances, slopes, factors. */
        PARAMETER
    }
}
