package io.millrace.it.chaos;

import io.millrace.contracts.event.DeadLetter;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.task.Outcome;
import io.millrace.it.chaos.Jobs.Job;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What is wrong with the jobs of a run, judged from what was said of them; empty lists if nothing is. */
public record ChaosVerdict(List<String> lost, List<String> doubled, List<String> wrong) {

    /** Baseline, the step, its parts and their join, one evaluation. */
    private static final int TASKS = 1 + 1 + CheapStage.PARTS + 1 + 1;

    /** @param sums the sha256 of the model that each job must end with */
    static ChaosVerdict of(Collection<Job> jobs, EventLog log, Map<String, String> sums) {
        ChaosVerdict verdict = new ChaosVerdict(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        Map<String, List<JobEvent.News>> news = byJob(log, JobEvent.News.class);
        Map<String, List<TaskEvent.Completed>> completed = byJob(log, TaskEvent.Completed.class);
        for (Job job : jobs) {
            verdict.judge(job, news.getOrDefault(job.id(), List.of()), sums.get(job.id()));
            verdict.judgeTasks(job, completed.getOrDefault(job.id(), List.of()));
        }
        Set<String> known = jobs.stream().map(Job::id).collect(Collectors.toSet());
        news.keySet().stream()
                .filter(id -> !known.contains(id))
                .forEach(id -> verdict.doubled.add("nobody submitted job " + id));
        log.all(DeadLetter.class).forEach(letter -> verdict.wrong.add("a dead letter: " + letter));
        return verdict;
    }

    boolean clean() {
        return lost.isEmpty() && doubled.isEmpty() && wrong.isEmpty();
    }

    private void judge(Job job, List<JobEvent.News> news, String sum) {
        once(job, news, JobEvent.Accepted.class);
        once(job, news, JobEvent.CandidateEvaluated.class);
        once(job, news, JobEvent.CandidateSelected.class);
        once(job, news, JobEvent.Completed.class);
        news.stream()
                .filter(event -> event instanceof JobEvent.Failed || event instanceof JobEvent.Cancelled)
                .forEach(event -> wrong.add(job.id() + " ended with " + event));
        news.stream()
                .filter(JobEvent.CandidateSelected.class::isInstance)
                .map(event -> ((JobEvent.CandidateSelected) event).candidate())
                .filter(candidate -> !sum.equals(candidate.model().sha256()))
                .forEach(candidate -> wrong.add(job.id() + " ended with the wrong model: " + candidate.model()));
    }

    private void once(Job job, List<JobEvent.News> news, Class<? extends JobEvent.News> type) {
        long count = news.stream().filter(type::isInstance).count();
        if (count == 0) {
            lost.add(job.id() + " has no " + type.getSimpleName());
        } else if (count > 1) {
            doubled.add(job.id() + " has " + count + " times " + type.getSimpleName());
        }
    }

    /** A task may be done twice and said twice; it has one outcome all the same. */
    private void judgeTasks(Job job, List<TaskEvent.Completed> completed) {
        Map<String, Set<Outcome>> outcomes = completed.stream()
                .collect(Collectors.groupingBy(
                        TaskEvent.Completed::taskId,
                        TreeMap::new,
                        Collectors.mapping(TaskEvent.Completed::outcome, Collectors.toSet())));
        if (outcomes.size() != TASKS) {
            (outcomes.size() < TASKS ? lost : doubled)
                    .add("%s has %d tasks instead of %d".formatted(job.id(), outcomes.size(), TASKS));
        }
        outcomes.forEach((task, results) -> {
            if (results.size() > 1) {
                doubled.add("task %s of %s has %d outcomes: %s".formatted(task, job.id(), results.size(), results));
            }
        });
    }

    private static <T extends Message> Map<String, List<T>> byJob(EventLog log, Class<T> type) {
        return log.all(type).collect(Collectors.groupingBy(Message::jobId));
    }
}
