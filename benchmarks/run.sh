#!/bin/sh
# Builds and starts one benchmark program: benchmarks/run.sh EvaluationPass model.onnx data 2 7
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
classpath=$home/benchmarks/target/classpath

if [ "$#" -eq 0 ]; then
    echo "usage: benchmarks/run.sh PROGRAM ARGUMENT..., see benchmarks/README.md" >&2
    exit 2
fi
if [ ! -f "$classpath" ] || [ -n "$(find "$home/libs" "$home/finetune-service" "$home/svd-service" "$home/benchmarks" "$home/pom.xml" \
        \( -path '*/src/main/*' -o -name pom.xml \) -type f -newer "$classpath" -print | head -n 1)" ]; then
    (cd "$home" && ./mvnw -q -B -DskipTests -Dskip.service.applications=true -pl benchmarks -am package) >&2
fi

program=$1
shift
# In the environment: natively loaded libraries read the command line, and a long one breaks them.
export CLASSPATH="$home/benchmarks/target/classes:$(cat "$classpath")"
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx1g -XX:+UseParallelGC \
    -Djava.util.logging.manager=org.jboss.logmanager.LogManager "io.millrace.benchmarks.$program" "$@"
