"""Writes the official ONNX backend node tests as one zip file, the test resource node-tests.zip.

    python -m venv v && v/bin/pip install onnx==1.23.2 && v/bin/python node_tests.py

Each test is two entries: NAME/model.onnx, and NAME/values.pb, a GraphProto whose initializers are the values that go in
and come out: `input/I` and `output/I` by position, `input/I/K` for the K-th item of a sequence. What is left out of an
optional has no entry. Entries have no dates, so that the same version of onnx gives the same file.
"""

import io
import pathlib
import warnings
import zipfile

import numpy
import onnx
from onnx.backend.test.case.node import collect_testcases

TARGET = pathlib.Path(__file__).parent.parent / "resources" / "node-tests.zip"


def tensors(name, value):
    if value is None:
        return
    if isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from tensors(f"{name}/{i}", item)
    elif isinstance(value, onnx.TensorProto):
        copy = onnx.TensorProto()
        copy.CopyFrom(value)
        copy.name = name
        yield copy
    else:
        yield onnx.numpy_helper.from_array(numpy.asarray(value), name)


def values(case):
    graph = onnx.GraphProto()
    inputs, outputs = case.data_sets[0]
    for side, given in (("input", inputs), ("output", outputs)):
        for i, value in enumerate(given):
            graph.initializer.extend(tensors(f"{side}/{i}", value))
    return graph


def write(file, name, message):
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    file.writestr(entry, message.SerializeToString(deterministic=True), compresslevel=9)


def main():
    warnings.filterwarnings("ignore")
    numpy.random.seed(0)
    cases = sorted(collect_testcases(None), key=lambda case: case.name)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for case in cases:
            write(file, f"{case.name}/model.onnx", case.model)
            write(file, f"{case.name}/values.pb", values(case))
    TARGET.write_bytes(content.getvalue())
    print(f"{len(cases)} tests of onnx {onnx.__version__}, {TARGET.stat().st_size:,} bytes")


main()
