"""Networks of the corpus made node by node: what no torch exporter writes, but other exporters do."""

import numpy as np
import torch
from onnx import TensorProto, checker, helper, numpy_helper
from torch import nn

from convolutional import BasicBlock, Fn, conv, head
from registry import hand, network, ts


class Graph:
    """Collects nodes and weights; values are named by their node."""

    def __init__(self, **inputs):
        self.nodes, self.weights = [], []
        self.inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()]

    def weight(self, name, *shape, spread=None):
        spread = spread or (2 / max(1, int(np.prod(shape[1:])))) ** 0.5
        return self.constant(name, torch.randn(*shape).numpy() * np.float32(spread))

    def constant(self, name, value):
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operator, *inputs, outputs=1, domain="", **attributes):
        name = f"{operator}_{len(self.nodes)}"
        made = [name] if outputs == 1 else [f"{name}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), made, name=name, domain=domain, **attributes))
        return made[0] if outputs == 1 else made

    def conv(self, x, inputs, outputs, kernel=3, bias=True, group=1, **attributes):
        tag = len(self.nodes)
        weights = [self.weight(f"w{tag}", outputs, inputs // group, kernel, kernel)]
        if bias:
            weights.append(self.weight(f"b{tag}", outputs, spread=0.3))
        if "auto_pad" not in attributes:
            attributes.setdefault("pads", [kernel // 2] * 4)
        return self.add("Conv", x, *weights, group=group, **attributes)

    def batchnorm(self, x, width):
        tag = len(self.nodes)
        values = torch.rand(4, width).numpy() + np.float32(0.5)
        return self.add("BatchNormalization", x, *[self.constant(f"bn{tag}_{i}", v) for i, v in enumerate(values)], epsilon=1e-3)

    def classify(self, x, width, classes=10):
        x = self.add("Flatten", self.add("GlobalAveragePool", x))
        tag = len(self.nodes)
        return self.add("Gemm", x, self.weight(f"w{tag}", classes, width), self.weight(f"b{tag}", classes, spread=0.3), transB=1)

    def model(self, opset, outputs, functions=(), domains=(), constants_as_nodes=False):
        """`outputs`: value name -> shape."""
        infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
        graph = helper.make_graph(self.nodes, "corpus", self.inputs, infos, self.weights)
        opsets = [helper.make_opsetid("", opset), *[helper.make_opsetid(domain, 1) for domain in domains]]
        model = helper.make_model(graph, opset_imports=opsets, functions=functions, producer_name="corpus")
        model.ir_version = 7 if opset < 15 else 8 if opset < 19 else 10
        if constants_as_nodes:
            weights_to_constants(model)
        checker.check_model(model)
        return model


def weights_to_constants(model):
    nodes = [helper.make_node("Constant", [], [weight.name], name=f"Constant_{weight.name}", value=weight) for weight in model.graph.initializer]
    del model.graph.initializer[:]
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])


def initializers_as_inputs(model):
    """As exporters did before IR version 4."""
    for weight in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(weight.name, weight.data_type, weight.dims))


def identities(model):
    """A chain of two Identity nodes behind every convolution, and one before every weight of a convolution."""
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Conv":
            weight = f"{node.output[0]}_weight"
            nodes.append(helper.make_node("Identity", [node.input[1]], [weight], name=weight))
            node.input[1] = weight
            output = node.output[0]
            node.output[0] = f"{output}_a"
            nodes.append(node)
            nodes.append(helper.make_node("Identity", [f"{output}_a"], [f"{output}_b"], name=f"{output}_first"))
            nodes.append(helper.make_node("Identity", [f"{output}_b"], [output], name=f"{output}_second"))
        else:
            nodes.append(node)
    nodes = [type(model.graph.node[0]).FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def typed_fields(model):
    """Weights in float_data and int64_data instead of raw_data."""
    for weight in model.graph.initializer:
        value = numpy_helper.to_array(weight)
        if value.dtype in (np.float32, np.int64):
            weight.CopyFrom(helper.make_tensor(weight.name, weight.data_type, weight.dims, value.flatten().tolist()))


def small_residual():
    return nn.Sequential(conv(3, 12, 3, 2), BasicBlock(12, 12), BasicBlock(12, 16, 2), head(16))


@network("weights in Constant nodes", ts(13), ts(17), edit=weights_to_constants)
def resnet_constant_nodes():
    return small_residual()


@network("weights that are inputs too", ts(11), edit=initializers_as_inputs)
def resnet_weights_as_inputs():
    return small_residual()


@network("Identity chains behind convolutions and before weights", ts(13), edit=identities)
def resnet_identities():
    return small_residual()


@network("weights in typed fields", ts(13), edit=typed_fields)
def resnet_typed_fields():
    return small_residual()


@network("automatic pads: SAME_UPPER, SAME_LOWER, VALID; pooling too", hand(11), hand(17))
def auto_pad(opset):
    g = Graph(input=["batch", 3, 65, 65])
    x = g.add("Relu", g.conv("input", 3, 16, auto_pad="SAME_UPPER", strides=[2, 2]))
    x = g.add("Relu", g.conv(x, 16, 24, auto_pad="SAME_LOWER", strides=[2, 2]))
    x = g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    x = g.add("Relu", g.conv(x, 24, 24, auto_pad="VALID"))
    x = g.add("Relu", g.conv(x, 24, 16, auto_pad="VALID", dilations=[2, 1]))
    return g.model(opset, {g.classify(x, 16): ["batch", 10]})


@network("ConvTranspose with automatic pads and with output_shape", hand(13))
def auto_pad_transposed(opset):
    g = Graph(input=["batch", 8, 6, 6])
    x = g.add("ConvTranspose", "input", g.weight("w0", 8, 16, 3, 3, spread=0.2), g.weight("b0", 16, spread=0.2), strides=[2, 2], auto_pad="SAME_UPPER")
    x = g.add("Relu", x)
    x = g.add("ConvTranspose", x, g.weight("w1", 16, 4, 3, 3, spread=0.2), strides=[2, 2], output_shape=[24, 24])
    return g.model(opset, {x: ["batch", 4, 24, 24]})


@network("DepthToSpace in both orders and SpaceToDepth", hand(13))
def depth_to_space(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Relu", g.conv("input", 3, 32))
    x = g.add("DepthToSpace", x, blocksize=2, mode="DCR")
    x = g.add("Relu", g.conv(x, 8, 16))
    x = g.add("DepthToSpace", x, blocksize=2, mode="CRD")
    x = g.add("Relu", g.conv(x, 4, 6))
    x = g.add("SpaceToDepth", x, blocksize=4)
    x = g.add("Relu", g.conv(x, 96, 16, kernel=1))
    return g.model(opset, {g.classify(x, 16): ["batch", 10]})


@network("Sum of one, two and three branches; Mean and Max of two", hand(11))
def sum_of_branches(opset):
    g = Graph(input=["batch", 3, 16, 16])
    a, b, c = (g.conv("input", 3, 16, kernel) for kernel in (1, 3, 5))
    x = g.add("Relu", g.add("Sum", a, b, c))
    x = g.add("Sum", g.add("Sum", x), g.conv(x, 16, 16))
    x = g.add("Max", x, g.conv(x, 16, 16, 1))
    x = g.add("Mean", x, g.conv(x, 16, 16, 1))
    return g.model(opset, {g.classify(x, 16): ["batch", 10]})


@network("Gemm in all its forms: transposed, alpha, beta, scalar bias", hand(13))
def gemm_forms(opset):
    g = Graph(input=["batch", 20])
    x = g.add("Relu", g.add("Gemm", "input", g.weight("w0", 20, 24), g.weight("b0", 24), alpha=0.5, beta=2.0))
    x = g.add("Relu", g.add("Gemm", x, g.weight("w1", 32, 24), g.constant("b1", np.float32(0.1)), transB=1))
    x = g.add("Relu", g.add("Gemm", x, g.weight("w2", 32, 16)))
    x = g.add("Gemm", g.weight("w3", 16, 8), x, transA=1, transB=1)
    return g.model(opset, {g.add("Transpose", x, perm=[1, 0]): ["batch", 8]})


@network("MatMul from both sides, bias before and behind", hand(13))
def matmul_forms(opset):
    g = Graph(input=["batch", 12, 8])
    x = g.add("Add", g.weight("b0", 16, spread=0.3), g.add("MatMul", "input", g.weight("w0", 8, 16)))
    x = g.add("MatMul", g.weight("w1", 20, 12), g.add("Relu", x))
    x = g.add("MatMul", g.add("Relu", x), g.weight("w2", 16, 6))
    return g.model(opset, {x: ["batch", 20, 6]})


@network("split of unequal parts, one used twice", hand(11), hand(13), hand(18))
def split_parts(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Relu", g.conv("input", 3, 32))
    if opset < 13:
        a, b, c = g.add("Split", x, outputs=3, axis=1, split=[8, 16, 8])
    else:
        a, b, c = g.add("Split", x, g.constant("sizes", np.array([8, 16, 8], np.int64)), outputs=3, axis=1)
    x = g.add("Concat", g.add("Add", a, c), g.add("Relu", g.conv(b, 16, 16)), a, axis=1)
    x = g.add("Relu", g.conv(x, 32, 16))
    return g.model(opset, {g.classify(x, 16): ["batch", 10]})


@network("Slice with steps and negative axes, Tile, Expand, Squeeze, Unsqueeze", hand(13))
def data_movement(opset):
    def whole(name, *values):
        return g.constant(name, np.array(values, np.int64))

    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Relu", g.conv("input", 3, 32))
    x = g.add("Slice", x, whole("starts", 30, 0), whole("ends", -40, 12), whole("axes", -3, 3), whole("steps", -2, 1))
    x = g.add("Relu", g.conv(x, 16, 12))
    x = g.add("Tile", x, whole("repeats", 1, 2, 1, 1))
    x = g.add("Relu", g.conv(x, 24, 16))
    gate = g.add("Squeeze", g.add("Squeeze", g.add("GlobalAveragePool", x), whole("three", 3)), whole("two", 2))
    gate = g.add("Sigmoid", g.add("Gemm", gate, g.weight("wg", 16, 16)))
    gate = g.add("Expand", g.add("Unsqueeze", gate, whole("both", 2, 3)), whole("shape", 1, 16, 1, 1))
    return g.model(opset, {g.classify(g.add("Mul", x, gate), 16): ["batch", 10]})


@network("attention by Einsum", hand(13))
def einsum_attention(opset):
    g = Graph(input=["batch", 10, 16])
    q, k, v = (g.add("Einsum", "input", g.weight(name, 16, 2, 8, spread=0.25), equation="btc,chd->bthd") for name in ("wq", "wk", "wv"))
    scores = g.add("Softmax", g.add("Einsum", q, k, equation="bthd,bshd->bhts"), axis=-1)
    x = g.add("Einsum", g.add("Einsum", scores, v, equation="bhts,bshd->bthd"), g.weight("wo", 2, 8, 16, spread=0.25), equation="bthd,hdc->btc")
    return g.model(opset, {g.add("Add", x, "input"): ["batch", 10, 16]})


@network("If: two branches that read the outer graph", hand(13))
def branch_if(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Relu", g.conv("input", 3, 16))
    mean = g.add("ReduceMean", x, keepdims=0)
    condition = g.add("Greater", mean, g.constant("threshold", np.float32(0.5)))
    g.weight("w_then", 16, 16, 3, 3)
    branches = {}
    for name, weight, pad in (("then_branch", "w_then", 1), ("else_branch", None, 0)):
        weights = [] if weight else [numpy_helper.from_array(torch.randn(16, 16, 1, 1).numpy(), "w_else")]
        node = helper.make_node("Conv", [x, weight or "w_else"], [f"{name}_out"], pads=[pad] * 4)
        info = helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, ["batch", 16, 16, 16])
        branches[name] = helper.make_graph([node], name, [], [info], weights)
    x = g.add("Relu", g.add("If", condition, **branches))
    x = g.add("Relu", g.conv(x, 16, 24))
    return g.model(opset, {g.classify(x, 24): ["batch", 10]})


@network("Loop: a residual step repeated, weights of the outer graph", hand(13))
def repeat_loop(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Relu", g.conv("input", 3, 16))
    g.weight("w_step", 16, 16, 3, 3, spread=0.05)
    body = helper.make_graph(
        [
            helper.make_node("Conv", ["carried", "w_step"], ["step"], pads=[1, 1, 1, 1]),
            helper.make_node("Add", ["carried", "step"], ["carried_next"]),
            helper.make_node("Identity", ["go"], ["go_next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried", TensorProto.FLOAT, None),
        ],
        [helper.make_tensor_value_info("go_next", TensorProto.BOOL, []), helper.make_tensor_value_info("carried_next", TensorProto.FLOAT, None)],
    )
    x = g.add("Loop", g.constant("times", np.int64(3)), "", x, body=body)
    x = g.add("Relu", g.conv(x, 16, 24))
    return g.model(opset, {g.classify(x, 24): ["batch", 10]})


@network("Scan: a running sum along the time axis", hand(13))
def running_scan(opset):
    g = Graph(input=["time", 8])
    x = g.add("Relu", g.add("Gemm", "input", g.weight("w0", 8, 16)))
    floats = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [16]) for name in ("state", "now", "state_next", "sum")]
    body = helper.make_graph(
        [helper.make_node("Add", ["state", "now"], ["state_next"]), helper.make_node("Identity", ["state_next"], ["sum"])], "body", floats[:2], floats[2:],
    )
    _, sums = g.add("Scan", g.constant("zero", np.zeros(16, np.float32)), x, outputs=2, body=body, num_scan_inputs=1)
    return g.model(opset, {g.add("Gemm", sums, g.weight("w1", 16, 4)): ["time", 4]})


@network("local function", hand(17))
def local_function(opset):
    g = Graph(input=["batch", 3, 16, 16])
    function = helper.make_function(
        "corpus", "ScaledRelu", ["x"], ["y"],
        [helper.make_node("Relu", ["x"], ["r"]), helper.make_node("Constant", [], ["s"], value_float=0.7), helper.make_node("Mul", ["r", "s"], ["y"])],
        [helper.make_opsetid("", opset)],
    )
    x = g.add("ScaledRelu", g.conv("input", 3, 16), domain="corpus")
    x = g.add("ScaledRelu", g.conv(x, 16, 24), domain="corpus")
    return g.model(opset, {g.classify(x, 24): ["batch", 10]}, [function], ["corpus"])


@network("operators of ONNX Runtime's own domain", hand(17))
def contributed_operators(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("FusedConv", "input", g.weight("w0", 16, 3, 3, 3), g.weight("b0", 16), domain="com.microsoft", pads=[1] * 4, activation="Relu")
    x = g.add("QuickGelu", g.conv(x, 16, 24), domain="com.microsoft", alpha=1.702)
    return g.model(opset, {g.classify(g.conv(x, 24, 16), 16): ["batch", 10]}, domains=["com.microsoft"])


@network("top-k over the channels, which no cut survives", hand(13))
def topk_channels(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Relu", g.batchnorm(g.conv("input", 3, 16, bias=False), 16))
    x, _ = g.add("TopK", x, g.constant("k", np.array([8], np.int64)), outputs=2, axis=1)
    x = g.add("Relu", g.conv(x, 8, 16))
    return g.model(opset, {g.classify(x, 16): ["batch", 10]})


@network("Softmax and cumulative sum over the channels", hand(11), hand(13))
def softmax_channels(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Softmax", g.conv("input", 3, 16), axis=1)
    x = g.add("CumSum", g.conv(x, 16, 12), g.constant("axis", np.int64(1)))
    x = g.add("Relu", g.conv(x, 12, 16))
    return g.model(opset, {g.classify(x, 16): ["batch", 10]})


@network("pads with a constant that is not zero, and of the channels", hand(13))
def pads_of_channels(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Relu", g.conv("input", 3, 12))
    x = g.add("Pad", x, g.constant("pads", np.array([0, 2, 1, 1, 0, 2, 1, 1], np.int64)), g.constant("value", np.float32(0.3)))
    x = g.add("Relu", g.conv(x, 16, 16, pads=[0] * 4))
    x = g.add("Pad", x, g.constant("edge", np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64)), mode="edge")
    return g.model(opset, {g.classify(x, 16): ["batch", 10]})


@network("quantized already: QDQ around a convolution and a Gemm", hand(13))
def quantized_qdq(opset):
    g = Graph(input=["batch", 3, 16, 16])
    scale, zero = g.constant("scale", np.float32(0.03)), g.constant("zero", np.uint8(128))

    def qdq(x):
        return g.add("DequantizeLinear", g.add("QuantizeLinear", x, scale, zero), scale, zero)

    def weight(name, *shape):
        values = torch.randint(-127, 128, shape).numpy().astype(np.int8)
        scales = g.constant(f"{name}_scale", (torch.rand(shape[0]) * 0.002 + 0.001).numpy())
        return g.add("DequantizeLinear", g.constant(name, values), scales, g.constant(f"{name}_zero", np.zeros(shape[0], np.int8)), axis=0)

    x = g.add("Relu", g.add("Conv", qdq("input"), weight("w0", 16, 3, 3, 3), pads=[1] * 4))
    x = g.add("Relu", g.add("Conv", qdq(x), weight("w1", 24, 16, 3, 3), pads=[1] * 4))
    x = qdq(g.add("Flatten", g.add("GlobalAveragePool", qdq(x))))
    return g.model(opset, {qdq(g.add("Gemm", x, weight("w2", 10, 24), transB=1)): ["batch", 10]})


@network("BatchNormalization by Mul and Add, and scales that are not a channel's", hand(13))
def scale_by_mul(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.conv("input", 3, 16, bias=False)
    x = g.add("Add", g.add("Mul", x, g.weight("s0", 1, 16, 1, 1, spread=0.8)), g.weight("t0", 16, 1, 1, spread=0.3))
    x = g.add("Div", g.add("Sub", g.add("Relu", x), g.constant("mean", np.float32(0.2))), g.constant("deviation", np.array([1.3], np.float32)))
    x = g.conv(x, 16, 24)
    x = g.add("Mul", g.add("Relu", x), g.weight("place", 1, 1, 16, 16, spread=1.0))
    return g.model(opset, {g.classify(x, 24): ["batch", 10]})


@network("initializer shared by two layers of different kind, and by a node that is no layer", hand(13))
def shared_initializer(opset):
    g = Graph(input=["batch", 16, 12, 12])
    weight = g.weight("w", 16, 16, 3, 3)
    x = g.add("Relu", g.add("Conv", "input", weight, pads=[1] * 4))
    x = g.add("Relu", g.add("ConvTranspose", x, weight, pads=[1] * 4))
    bias = g.weight("b", 16, spread=0.3)
    x = g.add("Conv", x, g.weight("w1", 16, 16, 1, 1), bias)
    x = g.add("Mul", x, g.add("Reshape", bias, g.constant("shape", np.array([1, 16, 1, 1], np.int64))))
    return g.model(opset, {g.classify(x, 16): ["batch", 10]})


@network("plain, weights in Constant nodes, hand-written", hand(21))
def constants_newest(opset):
    g = Graph(input=["batch", 3, 16, 16])
    x = g.add("Relu", g.batchnorm(g.conv("input", 3, 16, bias=False), 16))
    x = g.add("Gelu", g.conv(x, 16, 24), approximate="tanh")
    x = g.add("GroupNormalization", g.conv(x, 24, 24), g.weight("gs", 24), g.weight("gb", 24), num_groups=4)
    x = g.add("LayerNormalization", x, g.weight("ls", 24, 16, 16, spread=1.0), axis=1)
    return g.model(opset, {g.classify(x, 24): ["batch", 10]}, constants_as_nodes=True)
