#!/bin/sh
# Jobs run while brokers, store, orchestrators and workers are killed, paused and cut off: benchmarks/chaos.sh [COUNT] [SEED]
# Ends with 0 if no job was lost, doubled or stuck. What the processes say is in integration-tests/target/chaos/logs.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
cd "$home/integration-tests"
if [ ! -f target/classpath ] || [ ! -f ../orchestrator/target/quarkus-app/quarkus-run.jar ] ||
    [ -n "$(find ../libs ../orchestrator src ../pom.xml \( -path '*/src/main/*' -o -name pom.xml \) -type f \
        -newer target/classpath -print | head -n 1)" ]; then
    (cd "$home" && ./mvnw -q -B -DskipTests -Dspotless.check.skip=true -pl integration-tests -am package) >&2
fi
rm -rf target/chaos
export CLASSPATH="target/classes:$(cat target/classpath)"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx1g -Djava.util.logging.manager=org.jboss.logmanager.LogManager \
    io.millrace.it.chaos.ChaosRun "${1:-500}" target/chaos ${2:-}
