package io.millrace.onnx.shape;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.Map;
import java.util.Objects;

/** Control flow: If, where one branch is known to be taken or both make the same shapes. */
final class ControlRules {
    private ControlRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put("If", ControlRules::branch);
    }

    private static void branch(Call call) {
        long[] condition = call.longs(0).orElse(null);
        if (condition != null && condition.length == 1) {
            AttributeProto taken = graph(call, condition[0] != 0 ? "then_branch" : "else_branch");
            Inference inner = call.inference().inside(taken.getG());
            for (int i = 0; i < call.node().outputs().size(); i++) {
                String output = taken.getG().getOutput(i).getName();
                Shape shape = known(inner.shape(output));
                call.out(i, shape.type(), shape.dims());
                Value value = inner.value(output);
                if (value != null) {
                    call.elements(i, value);
                }
            }
            return;
        }
        AttributeProto yes = graph(call, "then_branch");
        AttributeProto no = graph(call, "else_branch");
        Inference insideYes = call.inference().inside(yes.getG());
        Inference insideNo = call.inference().inside(no.getG());
        for (int i = 0; i < call.node().outputs().size(); i++) {
            Shape shape = known(insideYes.shape(yes.getG().getOutput(i).getName()));
            if (!Objects.equals(shape, insideNo.shape(no.getG().getOutput(i).getName()))) {
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

    private static AttributeProto graph(Call call, String name) {
        return call.node()
                .attribute(name)
                .filter(AttributeProto::hasG)
                .orElseThrow(() -> new UninferableException("it has no " + name));
    }
}
