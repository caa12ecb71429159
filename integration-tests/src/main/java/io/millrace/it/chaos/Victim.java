package io.millrace.it.chaos;

import io.millrace.it.chaos.Disturbance.Kind;
import io.millrace.it.process.Link;
import io.millrace.it.process.ServiceProcess;
import java.io.IOException;
import java.util.List;

/** What can be struck and mended. */
interface Victim {
    List<Kind> kinds();

    void strike(Kind kind) throws IOException;

    void mend(Kind kind) throws IOException;

    static Victim of(ServiceProcess process) {
        return new Victim() {
            @Override
            public List<Kind> kinds() {
                return List.of(Kind.KILL, Kind.PAUSE);
            }

            @Override
            public void strike(Kind kind) throws IOException {
                if (kind == Kind.KILL) {
                    process.kill();
                } else {
                    process.pause();
                }
            }

            @Override
            public void mend(Kind kind) throws IOException {
                if (kind == Kind.KILL) {
                    process.start();
                } else {
                    process.resume();
                }
            }
        };
    }

    /** Several ways that are cut together: those of all workers to all brokers, for example. */
    static Victim of(List<Link> links) {
        return new Victim() {
            @Override
            public List<Kind> kinds() {
                return List.of(Kind.CUT);
            }

            @Override
            public void strike(Kind kind) {
                links.forEach(Link::cut);
            }

            @Override
            public void mend(Kind kind) {
                links.forEach(Link::mend);
            }
        };
    }
}
