#!/bin/sh
# Nodes left by millrace, onnxsim and onnxslim of every network of a folder: benchmarks/simplify.sh FOLDER
# Ends with 1 if one of the others leaves fewer. Needs Python with onnx, onnxsim and onnxslim; PYTHON names another
# interpreter.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
if [ "$#" -ne 1 ]; then
    echo "usage: benchmarks/simplify.sh FOLDER" >&2
    exit 2
fi
ours=$(mktemp)
trap 'rm -f "$ours"' EXIT
"$home/benchmarks/run.sh" SimplifiedNodes "$1" > "$ours"
"${PYTHON:-python3}" "$home/benchmarks/simplify.py" "$1" "$ours"
