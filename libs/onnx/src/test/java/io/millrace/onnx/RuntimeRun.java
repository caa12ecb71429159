package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.millrace.onnx.shape.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.Timer;
import java.util.TimerTask;

/** Runs models in ONNX Runtime, without optimisation, and tells the shapes of every value it made. */
public final class RuntimeRun {
    private RuntimeRun() {}

    /** The shapes of all outputs of all nodes, for random inputs of these sizes. */
    public static Map<String, Shape> shapes(OnnxModel model, Map<String, long[]> inputs) throws OrtException {
        OnnxModel tapped = model.copy();
        List<ValueInfoProto> outputs = new ArrayList<>(tapped.graph().outputs());
        Set<String> names = new LinkedHashSet<>();
        outputs.forEach(o -> names.add(o.getName()));
        for (Node node : tapped.graph().nodes()) {
            for (String output : node.outputs()) {
                if (!output.isEmpty() && names.add(output)) {
                    outputs.add(ValueInfoProto.newBuilder().setName(output).build());
                }
            }
        }
        Patch.of(tapped.graph(), "tap").outputs(outputs).apply();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> feeds = new HashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            options.setIntraOpNumThreads(2);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            try (OrtSession session = environment.createSession(tapped.toBytes(), options)) {
                for (ValueInfoProto input : tapped.graph().inputs()) {
                    feeds.put(input.getName(), random(environment, input, inputs.get(input.getName())));
                }
                try (OrtSession.RunOptions limit = new OrtSession.RunOptions();
                        TimeLimit timer = new TimeLimit(limit);
                        OrtSession.Result result = session.run(feeds, limit)) {
                    Map<String, Shape> shapes = new HashMap<>();
                    for (Map.Entry<String, OnnxValue> output : result) {
                        if (output.getValue().getInfo() instanceof TensorInfo info) {
                            shapes.put(output.getKey(), Shape.of(type(info), info.getShape()));
                        }
                    }
                    return shapes;
                }
            }
        } finally {
            feeds.values().forEach(OnnxTensor::close);
        }
    }

    /** Ends a run that takes longer than half a minute: a Loop need not end by itself. */
    private static final class TimeLimit implements AutoCloseable {
        private final Timer timer = new Timer(true);

        TimeLimit(OrtSession.RunOptions run) {
            timer.schedule(
                    new TimerTask() {
                        @Override
                        public void run() {
                            try {
                                run.setTerminate(true);
                            } catch (OrtException e) {
                                throw new IllegalStateException(e);
                            }
                        }
                    },
                    30_000);
        }

        @Override
        public void close() {
            timer.cancel();
        }
    }

    private static ElementType type(TensorInfo info) {
        return ElementType.valueOf(info.onnxType.name().replace("ONNX_TENSOR_ELEMENT_DATA_TYPE_", ""));
    }

    private static OnnxTensor random(OrtEnvironment environment, ValueInfoProto input, long[] dims)
            throws OrtException {
        ElementType type = ElementType.of(input.getType().getTensorType().getElemType());
        Random random = new Random(1);
        int count = (int) Tensor.count(dims);
        ByteBuffer data = ByteBuffer.allocateDirect((int) type.bytes(count)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            switch (type) {
                case FLOAT -> data.putFloat(random.nextFloat());
                case DOUBLE -> data.putDouble(random.nextFloat());
                case FLOAT16 -> data.putShort(TensorValues.floatToHalf(random.nextFloat()));
                case INT64 -> data.putLong(1 + random.nextInt(3));
                case INT32 -> data.putInt(1 + random.nextInt(3));
                default -> data.put((byte) 1);
            }
        }
        data.flip();
        return switch (type) {
            case FLOAT -> OnnxTensor.createTensor(environment, data.asFloatBuffer(), dims);
            case DOUBLE -> OnnxTensor.createTensor(environment, data.asDoubleBuffer(), dims);
            case FLOAT16 -> OnnxTensor.createTensor(environment, data, dims, OnnxJavaType.FLOAT16);
            case INT64 -> OnnxTensor.createTensor(environment, data.asLongBuffer(), dims);
            case INT32 -> OnnxTensor.createTensor(environment, data.asIntBuffer(), dims);
            case BOOL -> OnnxTensor.createTensor(environment, data, dims, OnnxJavaType.BOOL);
            default -> OnnxTensor.createTensor(environment, data, dims, OnnxJavaType.UINT8);
        };
    }
}
