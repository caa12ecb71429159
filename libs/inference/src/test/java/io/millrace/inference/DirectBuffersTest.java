package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class DirectBuffersTest {
    private final DirectBuffers buffers = new DirectBuffers(1000);

    @Test
    void whatCameBackIsLentAgainWhereItFits() {
        ByteBuffer first = buffers.take(100);
        buffers.giveBack(first);

        assertThat(buffers.take(40)).as("too large").isNotSameAs(first);
        assertThat(buffers.take(101)).as("too small").isNotSameAs(first);
        assertThat(buffers.take(60)).isSameAs(first);
        assertThat(buffers.take(60)).as("lent already").isNotSameAs(first);
    }

    @Test
    void whatIsLentHoldsTheValuesAndNoMore() {
        buffers.giveBack(buffers.take(8));

        ByteBuffer lent = buffers.copyOf(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}));

        assertThat(lent.isDirect()).isTrue();
        assertThat(lent.remaining()).isEqualTo(5);
        assertThat(lent.get(4)).isEqualTo((byte) 5);
    }

    @Test
    void keepsToItsBound() {
        ByteBuffer oldest = buffers.take(600);
        ByteBuffer newest = buffers.take(500);
        buffers.giveBack(oldest);
        buffers.giveBack(newest);
        assertThat(buffers.bytes()).isEqualTo(500);

        buffers.giveBack(buffers.take(5000));
        assertThat(buffers.bytes()).isLessThanOrEqualTo(1000);
    }

    @Test
    void runsInTurnOnOtherInputsDoNotSeeEachOthers() {
        var model = SmallNetworks.linear(new float[] {1, 0, 0, 1}, 2, 2, -1);
        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            for (int i = 0; i < 50; i++) {
                float[] values = {i, -i, 2 * i, 3};
                var input = java.util.Map.of("x", io.millrace.onnx.Tensor.ofFloats(values, 2, 2));

                assertThat(session.run(input).get("y").floats()).containsExactly(values);
            }
        }
    }
}
