package io.millrace.onnx.operator;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.Objects;

/** If, where one branch is known to be taken or both make the same shapes. */
final class ControlFlow {
    private ControlFlow() {}

    static void declare() {
        Operators.standard("If").shape(ControlFlow::branch);
    }

    private static void branch(Call call) {
        long[] condition = call.longs(0).orElse(null);
        if (condition != null && condition.length == 1) {
            Call.Inside taken = inside(call, condition[0] != 0 ? "then_branch" : "else_branch");
            for (int i = 0; i < call.node().outputs().size(); i++) {
                Shape shape = known(taken.shape(i));
                call.out(i, shape.type(), shape.dims());
                Value value = taken.value(i);
                if (value != null) {
                    call.elements(i, value);
                }
            }
            return;
        }
        Call.Inside yes = inside(call, "then_branch");
        Call.Inside no = inside(call, "else_branch");
        for (int i = 0; i < call.node().outputs().size(); i++) {
            Shape shape = known(yes.shape(i));
            if (!Objects.equals(shape, no.shape(i))) {
                throw new UninferableException("which branch it takes is known only when the model runs");
            }
            call.out(i, shape.type(), shape.dims());
        }
    }

    private static Shape known(Shape shape) {
        if (shape == null) {
            throw new UninferableException("the shapes inside its branches are not known");
        }
        return shape;
    }

    private static Call.Inside inside(Call call, String name) {
        AttributeProto attribute = call.node()
                .attribute(name)
                .filter(AttributeProto::hasG)
                .orElseThrow(() -> new UninferableException("it has no " + name));
        return call.inside(attribute.getG());
    }
}
