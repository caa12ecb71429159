package io.millrace.contracts.task;

import java.util.Map;

/**
 * How far a task is.
 *
 * @param doing in a few words: {@code fine-tuning, epoch 2}
 * @param done units finished, of {@code total}; total 0 means unknown
 * @param figures current figures by name: {@code loss}, {@code top1}
 */
public record Progress(String doing, long done, long total, Map<String, Double> figures) {
    public Progress {
        figures = figures == null ? Map.of() : Map.copyOf(figures);
    }

    public static Progress of(String doing, long done, long total) {
        return new Progress(doing, done, total, Map.of());
    }
}
