"""How a network of the corpus is declared: a function that builds it, with the ways it is exported."""

from dataclasses import dataclass, field
from typing import Callable


@dataclass(frozen=True)
class Export:
    """One file: which exporter writes it, at which opset, with BatchNormalization folded or not."""

    exporter: str  # "torchscript", "dynamo" or "onnx.helper"
    opset: int
    folded: bool = False
    simplified: bool = False  # dynamo without its optimizer, constants folded afterwards: BatchNormalization stays
    dynamic: bool = True  # the batch axis is symbolic
    half: bool = False
    external: bool = False  # weights beside the model in an external data file

    def suffix(self):
        flags = [name for name in ("folded", "simplified", "half", "external") if getattr(self, name)]
        if not self.dynamic:
            flags.append("static")
        return "-".join([{"torchscript": "ts", "dynamo": "dynamo", "onnx.helper": "hand"}[self.exporter] + str(self.opset), *flags])


def ts(opset, **options):
    return Export("torchscript", opset, **options)


def dynamo(opset, **options):
    return Export("dynamo", opset, **options)


def hand(opset, **options):
    return Export("onnx.helper", opset, **options)


@dataclass(frozen=True)
class Network:
    name: str
    family: str
    build: Callable  # () -> nn.Module, or (opset) -> ModelProto when made by hand
    shapes: dict  # input name -> shape with batch 1 (made by hand: empty, the model says it itself)
    outputs: tuple
    exports: tuple
    edit: Callable = None  # rewrites the exported ModelProto
    integers: int = 0  # above 0: inputs are token numbers below it


NETWORKS: list[Network] = []


def network(family, *exports, shape=(1, 3, 32, 32), shapes=None, outputs=("output",), edit=None, integers=0):
    """Registers the decorated function, whose name becomes the file's name, as a network of the corpus."""

    def register(build):
        made_by_hand = exports[0].exporter == "onnx.helper"
        inputs = {} if made_by_hand else shapes or {"input": shape}
        NETWORKS.append(Network(build.__name__, family, build, inputs, outputs, exports, edit, integers))
        return build

    return register
