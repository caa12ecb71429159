package io.millrace.inference;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.Map;

/**
 * Keeps sessions at work on several threads, until the process is told to end; as services do, it takes a while to end
 * then.
 */
final class RunningForever {
    private RunningForever() {}

    public static void main(String[] arguments) throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                Thread.sleep(500);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        OnnxModel model = SmallNetworks.convolutions(24, 4, -1);
        Map<String, Tensor> inputs = RandomInputs.of(model, 8, 1);
        OnnxSession.open(model, SessionOptions.threads(2)).close();
        for (int i = 0; i < 3; i++) {
            new Thread(() -> {
                        while (true) {
                            try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(2))) {
                                session.run(inputs);
                                session.run(inputs);
                            }
                        }
                    })
                    .start();
        }
        Thread.sleep(300);
        System.out.println("running");
        Thread.sleep(60_000);
    }
}
