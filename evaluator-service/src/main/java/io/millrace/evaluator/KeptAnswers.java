package io.millrace.evaluator;

import io.millrace.inference.Answers;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What original models answered to whole data sets, for the candidates that are compared with them. Up to a bound of
 * memory; the one not asked for longest goes first.
 */
final class KeptAnswers {
    private final long bound;
    private final Map<String, Recording> kept = new LinkedHashMap<>(16, 0.75f, true);

    /** @param bound bytes at most */
    KeptAnswers(long bound) {
        this.bound = bound;
    }

    /** The answers kept under this name. */
    synchronized Optional<Answers> find(String name) {
        return Optional.ofNullable(kept.get(name)).map(recording -> (number, batch) -> recording.batches.get(number));
    }

    /** Answers as they are given, remembered on the way until they are too many. */
    Recording record(Answers source) {
        return new Recording(source);
    }

    /** One pass over a data set, from its first batch to its last. */
    final class Recording implements Answers {
        private final Answers source;
        private List<Map<String, Tensor>> batches = new ArrayList<>();
        private long bytes;

        private Recording(Answers source) {
            this.source = source;
        }

        @Override
        public Map<String, Tensor> to(int number, io.millrace.data.Batch batch) {
            Map<String, Tensor> answers = source.to(number, batch);
            if (batches != null) {
                batches.add(answers);
                bytes += answers.values().stream()
                        .mapToLong(tensor -> tensor.bytes().remaining())
                        .sum();
                if (bytes > bound) {
                    batches = null;
                }
            }
            return answers;
        }

        /** The pass is over: what was recorded may be asked for. */
        void keep(String name) {
            if (batches == null) {
                return;
            }
            synchronized (KeptAnswers.this) {
                kept.put(name, this);
                long all = kept.values().stream().mapToLong(r -> r.bytes).sum();
                var eldest = kept.entrySet().iterator();
                while (all > bound) {
                    all -= eldest.next().getValue().bytes;
                    eldest.remove();
                }
            }
        }
    }
}
