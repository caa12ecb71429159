#!/bin/sh
# Nodes left by millrace, onnxsim and onnxslim of every network of a folder: benchmarks/simplify.sh FOLDER
# Needs Python with onnx, onnxsim and onnxslim; PYTHON names another interpreter.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
if [ "$#" -ne 1 ]; then
    echo "usage: benchmarks/simplify.sh FOLDER" >&2
    exit 2
fi
echo "millrace: file, before, after"
"$home/benchmarks/run.sh" SimplifiedNodes "$1"
echo "peers: file, before, onnxsim, onnxslim"
"${PYTHON:-python3}" "$home/benchmarks/simplify.py" "$1"
