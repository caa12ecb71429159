"""Trains small networks of several families on the example's data, for the tables of quality in README.md.

Needs: Python 3.10+, torch, numpy, onnx, onnxruntime, as examples/fashion-mnist/train.py.

Usage:
    python networks.py --out target/networks            # vgg, mobilenet, densenet, efficientnet, shufflenet
    python networks.py --out target/networks --only vgg --epochs 4
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parent / "examples/fashion-mnist"
sys.path.insert(0, str(EXAMPLE))
import train as example  # noqa: E402


def conv(inputs, outputs, kernel=3, stride=1, groups=1, act=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([act()] if act else []))


class Head(nn.Module):
    """Mean over the map, then one score a class."""

    def __init__(self, width, classes=10):
        super().__init__()
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


def vgg():
    layers, width = [], 1
    for outputs in (32, 32, "M", 64, 64, "M", 96, 96):
        if outputs == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers.append(conv(width, outputs))
            width = outputs
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(96 * 9, 128), nn.ReLU(), nn.Linear(128, 10))


class Inverted(nn.Module):
    """MobileNetV2's inverted residual; with squeeze-and-excitation and SiLU, EfficientNet's."""

    def __init__(self, inputs, outputs, stride, expand, kernel=3, excite=False, act=nn.ReLU6):
        super().__init__()
        width = inputs * expand
        self.shortcut = stride == 1 and inputs == outputs
        self.wide = conv(inputs, width, 1, act=act)
        self.depthwise = conv(width, width, kernel, stride, width, act=act)
        self.excite = (
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(width, inputs // 4, 1), nn.SiLU(), nn.Conv2d(inputs // 4, width, 1), nn.Sigmoid())
            if excite else None
        )
        self.narrow = conv(width, outputs, 1, act=None)

    def forward(self, x):
        y = self.depthwise(self.wide(x))
        if self.excite is not None:
            y = y * self.excite(y)
        y = self.narrow(y)
        return x + y if self.shortcut else y


def mobilenet():
    blocks, width = [conv(1, 32, stride=2, act=nn.ReLU6)], 32
    for outputs, stride in ((24, 1), (24, 1), (24, 1), (48, 2), (48, 1), (48, 1), (64, 1)):
        blocks.append(Inverted(width, outputs, stride, 4))
        width = outputs
    return nn.Sequential(*blocks, conv(width, 256, 1, act=nn.ReLU6), Head(256))


def efficientnet():
    blocks, width = [conv(1, 32, stride=2, act=nn.SiLU)], 32
    for outputs, stride, kernel in ((24, 1, 3), (24, 1, 3), (40, 2, 5), (40, 1, 5), (64, 1, 3), (64, 1, 3)):
        blocks.append(Inverted(width, outputs, stride, 4, kernel, excite=True, act=nn.SiLU))
        width = outputs
    return nn.Sequential(*blocks, conv(width, 256, 1, act=nn.SiLU), Head(256))


class Dense(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(4 * growth), nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        y = self.conv1(F.relu(self.bn1(x)))
        return torch.cat([x, self.conv2(F.relu(self.bn2(y)))], 1)


def densenet(growth=16):
    layers, width = [conv(1, 32, stride=2)], 32
    for stage in range(3):
        for _ in range(4):
            layers.append(Dense(width, growth))
            width += growth
        if stage < 2:
            layers += [nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width // 2, 1, bias=False), nn.AvgPool2d(2)]
            width //= 2
    return nn.Sequential(*layers, nn.BatchNorm2d(width), nn.ReLU(), Head(width))


class Shuffle(nn.Module):
    """ShuffleNetV2's unit: half of the channels pass, or at stride 2 both halves are made anew."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.stride, half = stride, outputs // 2
        own = inputs if stride == 2 else inputs // 2
        self.left = nn.Sequential(conv(inputs, inputs, 3, 2, inputs, None), conv(inputs, half, 1)) if stride == 2 else None
        self.right = nn.Sequential(conv(own, half, 1), conv(half, half, 3, stride, half, None), conv(half, half, 1))

    def forward(self, x):
        if self.stride == 2:
            y = torch.cat([self.left(x), self.right(x)], 1)
        else:
            a, b = x.chunk(2, 1)
            y = torch.cat([a, self.right(b)], 1)
        n, c, h, w = y.shape
        return y.view(-1, 2, c // 2, h, w).transpose(1, 2).reshape(-1, c, h, w)


def shufflenet():
    layers, width = [conv(1, 24)], 24
    for outputs, repeat in ((64, 3), (128, 4)):
        for i in range(repeat):
            layers.append(Shuffle(width, outputs, 2 if i == 0 else 1))
            width = outputs
    return nn.Sequential(*layers, conv(width, 256, 1), Head(256))


FAMILIES = {f.__name__: f for f in (vgg, mobilenet, densenet, efficientnet, shufflenet)}


def shards(part):
    arrays = [np.load(file) for file in sorted((EXAMPLE / "data" / part).glob("*.npz"))]
    images = np.concatenate([a["input"] for a in arrays])
    labels = np.concatenate([a["labels"] for a in arrays]).astype(np.int64)
    return example.preprocess(images), torch.from_numpy(labels)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=Path("target/networks"))
    options.add_argument("--only", nargs="*", choices=FAMILIES)
    options.add_argument("--epochs", type=int, default=5)
    options.add_argument("--images", type=int, help="images of the training data to use; all by default")
    options.add_argument("--threads", type=int, default=2)
    options = options.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    images, labels = (part[: options.images] for part in shards("train"))
    test_images, test_labels = shards("validation")
    for name in options.only or FAMILIES:
        torch.manual_seed(1)
        model = FAMILIES[name]().to(memory_format=torch.channels_last)
        print(f"== {name}: {sum(p.numel() for p in model.parameters())} parameters", flush=True)
        example.train(model, images, labels, test_images, test_labels, options.epochs)
        model = model.to(memory_format=torch.contiguous_format).eval()
        torch.onnx.export(
            model, (torch.zeros(1, 1, 28, 28),), str(options.out / f"{name}.onnx"),
            input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
            opset_version=17, dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
        )


if __name__ == "__main__":
    main()
