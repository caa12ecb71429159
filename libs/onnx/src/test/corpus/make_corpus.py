"""Writes the networks that the tests of libs/onnx run on, and their index.

The networks keep the structure of well-known architectures at a fraction of their width. Weights are random
but seeded by the file's name; normalisations get statistics and factors that are neither 0 nor 1, so that a cut or a
fold that forgets one of them shows. Every file is checked by onnx.checker and run by ONNX Runtime.

    pip install torch onnx onnxscript onnxruntime numpy
    python make_corpus.py                     # everything, into ../resources/corpus
    python make_corpus.py resnet unet         # only the networks whose name contains one of these
"""

import json
import logging
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import onnxscript.optimizer
import torch
from torch import nn

import convolutional
import handmade
import sequences
from convolutional import Fn
from registry import NETWORKS

OUT = Path(__file__).resolve().parent.parent / "resources" / "corpus"
NUMPY_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64, "tensor(bool)": np.bool_}


def randomize(module):
    """Normalisation layers as after training: no zero mean, no unit variance, some negative factors."""
    for layer in module.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.5, 2)
        if isinstance(layer, (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.LayerNorm, nn.InstanceNorm2d)) and layer.affine_or_default:
            layer.weight.data.uniform_(0.5, 1.5).mul_(torch.where(torch.rand_like(layer.weight) < 0.1, -1.0, 1.0))
            layer.bias.data.normal_(0, 0.3)
        if isinstance(layer, nn.PReLU):
            layer.weight.data.uniform_(0.05, 0.5)


nn.Module.affine_or_default = property(lambda self: getattr(self, "affine", getattr(self, "elementwise_affine", False)))


def export_torch(network, export, path):
    module = network.build().eval()
    randomize(module)
    if export.half:
        module = module.half()
    kind = torch.int64 if network.integers else torch.float16 if export.half else torch.float32
    batch = 2 if export.dynamic else 1
    inputs = tuple(
        torch.randint(network.integers, (batch, *shape[1:])) if network.integers else torch.randn(batch, *shape[1:]).to(kind)
        for shape in network.shapes.values()
    )
    names = {"input_names": list(network.shapes), "output_names": list(network.outputs)}
    if export.exporter == "torchscript":
        axes = {name: {0: "batch"} for name in (*network.shapes, *network.outputs)} if export.dynamic else None
        mode = torch.onnx.TrainingMode.EVAL if export.folded else torch.onnx.TrainingMode.PRESERVE
        torch.onnx.export(
            module, inputs, str(path), dynamo=False, opset_version=export.opset, dynamic_axes=axes,
            training=mode, do_constant_folding=export.folded, **names,
        )
    else:
        batch_axis = torch.export.Dim("batch", min=1, max=64)
        shapes = tuple({0: batch_axis} for _ in inputs) if export.dynamic else None
        if shapes and isinstance(module, Fn):  # its forward takes *inputs: one argument, a tuple
            shapes = (shapes,)
        program = torch.onnx.export(
            module, inputs, dynamo=True, opset_version=export.opset, dynamic_shapes=shapes,
            optimize=export.folded, verbose=False, **names,
        )
        if export.simplified:
            onnxscript.optimizer.fold_constants(program.model)
            onnxscript.optimizer.remove_unused_nodes(program.model)
        program.save(str(path), external_data=False)


def write(network, export):
    path = OUT / f"{network.name}-{export.suffix()}.onnx"
    torch.manual_seed(zlib.crc32(path.name.encode()))
    if export.exporter == "onnx.helper":
        onnx.save(network.build(export.opset), path)
    else:
        export_torch(network, export, path)
    model = onnx.load(path)
    for node in model.graph.node:  # notes of the exporter about the machine and the source line
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    if network.edit:
        network.edit(model)
    save(model, path, export.external)
    return describe(path, network, export)


def save(model, path, external):
    if external:
        data = path.with_suffix(".data")
        data.unlink(missing_ok=True)
        onnx.save(model, path, save_as_external_data=True, location=data.name, size_threshold=64)
    else:
        onnx.save(model, path)


def describe(path, network, export):
    """Checks the file, runs it on random input, and returns its entry in the index."""
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options)
    random = np.random.default_rng(1)
    feed = {}
    for value in session.get_inputs():
        shape = [size if isinstance(size, int) else 3 for size in value.shape]
        kind = NUMPY_TYPES[value.type]
        if kind == np.int64:
            feed[value.name] = random.integers(0, max(network.integers, 2), shape)
        else:
            feed[value.name] = np.asarray(random.standard_normal(shape)).astype(kind)
    for output in session.run(None, feed):
        assert np.isfinite(output).all(), f"{path.name} yields numbers that are not finite"
        assert output.size == 1 or output.std() > 0, f"{path.name} yields a constant"
    model = onnx.load(path, load_external_data=False)
    return {
        "file": path.name,
        "family": network.family,
        "exporter": export.exporter,
        "opset": next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")),
        "batchNormalization": any(node.op_type == "BatchNormalization" for node in model.graph.node),
        "inputs": [{"name": value.name, "type": value.type, "shape": value.shape} for value in session.get_inputs()],
        "outputs": [value.name for value in session.get_outputs()],
    }


def main(patterns):
    OUT.mkdir(parents=True, exist_ok=True)
    index_file = OUT / "index.json"
    index = {entry["file"]: entry for entry in json.loads(index_file.read_text())} if patterns and index_file.exists() else {}
    failed = []
    for network in NETWORKS:
        if patterns and not any(pattern in network.name for pattern in patterns):
            continue
        for export in network.exports:
            try:
                entry = write(network, export)
                index[entry["file"]] = entry
                print(f"{entry['file']:50s} {(OUT / entry['file']).stat().st_size / 1000:7.0f} kB", flush=True)
            except Exception as failure:
                failed.append(f"{network.name}-{export.suffix()}: {type(failure).__name__}: {str(failure)[-600:]}")
    lines = [json.dumps(index[file]) for file in sorted(index)]
    index_file.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print("\n".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    with torch.no_grad():
        sys.exit(main(sys.argv[1:]))
