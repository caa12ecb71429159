#!/bin/sh
# An epoch of training in Java and in Python's torch, in turn: benchmarks/epoch.sh [THREADS [SAMPLES [TURNS]]]
# Needs a Python with torch and numpy; PYTHON names it (default: python3).
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
threads=${1:-2}
samples=${2:-30000}
turns=${3:-3}
example=$home/examples/fashion-mnist
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"

for turn in $(seq "$turns"); do
    "$home/benchmarks/run.sh" TrainingEpoch "$example/model.onnx" "$example/data/train" "$threads" "$samples"
    "${PYTHON:-python3}" "$home/benchmarks/epoch.py" "$threads" "$samples"
done | awk '
    { print; seconds[$1, ++count[$1]] = $2 }
    function median(who,   i, j, t, n) {
        n = count[who]
        for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (seconds[who, j] < seconds[who, i]) {
            t = seconds[who, i]; seconds[who, i] = seconds[who, j]; seconds[who, j] = t
        }
        return seconds[who, int((n + 1) / 2)]
    }
    END { printf "medians: java %.2f s, python %.2f s; java takes %.2f of python\n",
          median("java"), median("python"), median("java") / median("python") }'
