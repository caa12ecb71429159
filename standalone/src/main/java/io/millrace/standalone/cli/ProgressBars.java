package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus.TaskStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Progress in a terminal: one bar, of one task until that ends, and how many others run beside it. A bar that is over
 * leaves nothing.
 */
final class ProgressBars implements ProgressView {
    private static final int LONGEST_NAME = 28;

    private final Map<String, ProgressTrack> tracks = new HashMap<>();
    private String shown;
    private int phase;
    private ProgressBar bar;

    @Override
    public void show(List<TaskStatus> running) {
        long now = System.nanoTime();
        for (TaskStatus task : running) {
            ProgressTrack track = tracks.computeIfAbsent(ProgressView.key(task), key -> new ProgressTrack());
            if (task.progress() != null) {
                track.report(task.progress(), now);
            }
        }
        if (running.isEmpty()) {
            close();
            shown = null;
            return;
        }
        TaskStatus task = running.stream()
                .filter(one -> ProgressView.key(one).equals(shown))
                .findFirst()
                .orElse(running.get(0));
        show(task, running.size() - 1, now);
    }

    private void show(TaskStatus task, int others, long now) {
        String key = ProgressView.key(task);
        ProgressTrack track = tracks.get(key);
        if (!key.equals(shown) || track.phase() != phase) {
            close();
        }
        shown = key;
        phase = track.phase();
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(shortName(task))
                    .setInitialMax(-1)
                    .startsFrom(track.done(), track.inPhase(now))
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(200)
                    .setEtaFunction(state -> track.left(System.nanoTime()))
                    .clearDisplayOnFinish()
                    .build();
        }
        bar.maxHint(track.total() == 0 ? -1 : track.total());
        bar.stepTo(track.done());
        bar.setExtraMessage(track.doing() + figures(task) + (others == 0 ? "" : " (+ " + others + " more at work)"));
    }

    /** Leaves room in a narrow terminal for the bar and the time that is left. */
    private static String shortName(TaskStatus task) {
        String name = task.label() == null || task.label().isEmpty() ? ProgressView.name(task) : task.label();
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 3) + "...";
    }

    private static String figures(TaskStatus task) {
        return task.progress() == null
                ? ""
                : task.progress().figures().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(f -> " " + f.getKey() + " %.4g".formatted(f.getValue()))
                        .collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
