"""Nodes that millrace, onnxsim and onnxslim leave of each network of a folder, as a table; exit status 1 if one of the
others leaves fewer. Arguments: the folder, and the file that SimplifiedNodes wrote for it."""

import pathlib
import sys

import onnx
import onnxsim
import onnxslim


def count(simplify, file):
    try:
        return len(simplify(onnx.load(file)).graph.node)
    except Exception:  # what a peer cannot do is told, not hidden
        return None


def shown(nodes):
    return "failed" if nodes is None else nodes


ours = {}
for line in pathlib.Path(sys.argv[2]).read_text().splitlines():
    name, _, after = line.split("\t", 2)
    ours[name] = int(after) if after.isdigit() else None

beaten = []
row = "{:40}{:>8}{:>10}{:>10}{:>10}".format
print(row("file", "before", "millrace", "onnxsim", "onnxslim"))
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    before = len(onnx.load(file).graph.node)
    sim = count(lambda model: onnxsim.simplify(model)[0], file)
    slim = count(onnxslim.slim, file)
    own = ours.get(file.name)
    print(row(file.name, before, shown(own), shown(sim), shown(slim)), flush=True)
    if any(other is not None and (own is None or other < own) for other in (sim, slim)):
        beaten.append(file.name)
if beaten:
    sys.exit("others leave fewer nodes of " + ", ".join(beaten))
