"""Nodes that onnxsim and onnxslim leave of each network of a folder: file, before, onnxsim, onnxslim, separated by tabs."""

import pathlib
import sys

import onnx
import onnxsim
import onnxslim


def count(simplify, file):
    try:
        return str(len(simplify(onnx.load(file)).graph.node))
    except Exception as e:  # what a peer cannot do is told, not hidden
        return "failed (" + str(e).splitlines()[0][:60] + ")"


for file in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    before = len(onnx.load(file).graph.node)
    sim = count(lambda model: onnxsim.simplify(model)[0], file)
    slim = count(onnxslim.slim, file)
    print(file.name, before, sim, slim, sep="\t")
