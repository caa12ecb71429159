#!/bin/sh
# Runs a job in the all-in-one and tells its wall time, its largest resident memory, the time from start to the first
# task, and the hops between tasks: benchmarks/standalone.sh [JOB.YAML]. Linux only: memory is read from /proc.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
job=${1:-$home/examples/fashion-mnist/job.yaml}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$home/millrace" --version >/dev/null # builds what is not built, before the clock starts
started=$(date +%s%3N)
"$home/millrace" run "$job" --state "$folder/state" --out "$folder/out" >"$folder/log" 2>&1 &
pid=$!
peak=0
while kill -0 "$pid" 2>/dev/null; do
    # The peak since the start as the kernel keeps it, so that nothing between two looks is lost.
    now=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
    if [ "${now:-0}" -gt "$peak" ]; then
        peak=$now
    fi
    sleep 0.5
done
status=0
wait "$pid" || status=$?
ended=$(date +%s%3N)
tail -n 20 "$folder/log"
echo "exit code $status, $(((ended - started) / 1000)) s, largest resident memory $((peak / 1024)) MiB"
"$home/benchmarks/run.sh" TaskHops "$folder/state" "$started"
