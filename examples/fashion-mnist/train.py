"""Trains the example's network on Fashion-MNIST, exports it to ONNX and writes the data shards.

Needs: Python 3.10+, torch, numpy, onnx (and onnxruntime for the check at the end):
    pip install torch numpy onnx onnxscript onnxruntime
    apt-get install dataset-fashion-mnist          # the four IDX files, or download them and pass --source

Usage:
    python train.py                                # data/ and model.onnx, about 20 minutes on two cores
    python train.py --only data                    # just the shards
"""

import argparse
import gzip
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
SCALE, MEAN, STD = 1 / 255, 0.2860, 0.3530
DATASET = {
    "format": "npz",
    "inputs": {"input": {"scale": SCALE, "mean": [MEAN], "std": [STD]}},
    "labels": {"array": "labels", "kind": "class", "classes": 10},
}


# ---------------------------------------------------------------- data


def read_idx(path):
    """An IDX file (gzip) as an array of unsigned bytes."""
    with gzip.open(path) as file:
        content = file.read()
    dimensions = content[3]
    shape = np.frombuffer(content, ">i4", dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_part(source, name):
    images = read_idx(source / f"{name}-images-idx3-ubyte.gz")[:, None]
    return images, read_idx(source / f"{name}-labels-idx1-ubyte.gz").astype(np.int64)


def balanced(labels, per_class, seed):
    """Indices of `per_class` samples of each class, shuffled."""
    random = np.random.default_rng(seed)
    chosen = [random.permutation(np.flatnonzero(labels == c))[:per_class] for c in range(10)]
    return random.permutation(np.concatenate(chosen))


def write_shards(folder, images, labels, shard_size):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.npz"):
        old.unlink()
    for shard, start in enumerate(range(0, len(labels), shard_size)):
        part = slice(start, start + shard_size)
        np.savez_compressed(folder / f"{shard:03d}.npz", input=images[part], labels=labels[part].astype(np.uint8))
    (folder / "dataset.json").write_text(json.dumps(DATASET, indent=2) + "\n")


def write_data(source, per_class):
    images, labels = read_part(source, "train")
    chosen = balanced(labels, per_class, seed=1)
    write_shards(HERE / "data/train", images[chosen], labels[chosen], shard_size=2500)
    write_shards(HERE / "data/validation", *read_part(source, "t10k"), shard_size=2500)
    size = sum(file.stat().st_size for file in (HERE / "data").rglob("*.*"))
    print(f"data: {len(chosen)} images for training, {size / 1e6:.1f} MB in all")


def preprocess(images):
    return (torch.tensor(images).float() * SCALE - MEAN) / STD


# ---------------------------------------------------------------- network


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, stem=16, blocks=((64, 2), (96, 2), (96, 1)), classes=10):
        super().__init__()
        self.stem = nn.Conv2d(1, stem, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(stem)
        layers, width = [], stem
        for outputs, stride in blocks:
            layers.append(Block(width, outputs, stride))
            width = outputs
        self.blocks = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(width, classes)

    def forward(self, input):
        x = F.relu(self.bn(self.stem(input)))
        x = self.pool(self.blocks(x))
        return self.classifier(torch.flatten(x, 1))


# ---------------------------------------------------------------- training


def augment(batch):
    """A random mirror image and a shift of up to two pixels, per sample."""
    count, _, height, width = batch.shape
    padded = F.pad(batch, (2, 2, 2, 2), value=-MEAN / STD)
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    batch = windows[torch.arange(count), :, torch.randint(5, (count,)), torch.randint(5, (count,))]
    mirror = torch.rand(count) < 0.5
    return torch.where(mirror[:, None, None, None], batch.flip(3), batch)


@torch.no_grad()
def accuracy(model, images, labels):
    model.eval()
    correct = sum(
        (model(x).argmax(1) == y).sum().item() for x, y in zip(images.split(500), labels.split(500))
    )
    return correct / len(labels)


def train(model, images, labels, test_images, test_labels, epochs, batch=128, peak=0.1):
    """SGD with Nesterov momentum, one-cycle learning rate, label smoothing; autocast to bfloat16."""
    optimizer = torch.optim.SGD(model.parameters(), lr=peak, momentum=0.9, nesterov=True, weight_decay=5e-4)
    steps = epochs * (len(labels) // batch)
    warm_up = steps // 5
    step = 0
    for epoch in range(epochs):
        model.train()
        start, total = time.time(), 0.0
        order = torch.randperm(len(labels))
        for chosen in order[: len(order) // batch * batch].split(batch):
            rate = step / warm_up if step < warm_up else 0.5 + 0.5 * math.cos(math.pi * (step - warm_up) / (steps - warm_up))
            optimizer.param_groups[0]["lr"] = peak * rate
            with torch.autocast("cpu", torch.bfloat16):
                loss = F.cross_entropy(model(augment(images[chosen])), labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            step += 1
        top1 = accuracy(model, test_images, test_labels)
        print(f"epoch {epoch + 1}/{epochs}  loss {total * batch / len(labels):.4f}  test top-1 {top1:.4f}  {time.time() - start:.0f} s", flush=True)


# ---------------------------------------------------------------- export


@torch.no_grad()
def export(model, path):
    """BatchNormalization stays in the graph, in its inference form.

    The two normalisations in front of an addition learn the same shift, since their gradients are equal, and the
    exporter stores equal tensors once. So that each layer owns its parameters, one of the two takes the whole shift.
    """
    for block in model.blocks:
        if isinstance(block.shortcut, nn.Sequential):
            block.bn2.bias += block.shortcut[1].bias
            block.shortcut[1].bias.zero_()
    torch.onnx.export(
        model.eval(), (torch.zeros(1, 1, 28, 28),), str(path),
        input_names=["input"], output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=17, dynamo=False,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
    )


def check(path):
    """Accuracy by ONNX Runtime, from the shards as they lie in the folder."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path))
    correct = count = 0
    for shard in sorted((HERE / "data/validation").glob("*.npz")):
        arrays = np.load(shard)
        logits = session.run(None, {"input": preprocess(arrays["input"]).numpy()})[0]
        correct += (logits.argmax(1) == arrays["labels"]).sum()
        count += len(arrays["labels"])
    print(f"{path.name}: top-1 {correct / count:.4f} on {count} images")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--source", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    options.add_argument("--only", choices=["data", "model"])
    options.add_argument("--per-class", type=int, default=3000, help="training images of each class in data/train")
    options.add_argument("--epochs", type=int, default=12)
    options.add_argument("--threads", type=int, default=2)
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    if options.only != "model":
        write_data(options.source, options.per_class)
    if options.only != "data":
        images, labels = read_part(options.source, "train")
        test_images, test_labels = read_part(options.source, "t10k")
        model = ResNet().to(memory_format=torch.channels_last)
        train(
            model, preprocess(images), torch.from_numpy(labels),
            preprocess(test_images), torch.from_numpy(test_labels), options.epochs,
        )
        export(model.to(memory_format=torch.contiguous_format), HERE / "model.onnx")
        check(HERE / "model.onnx")


if __name__ == "__main__":
    main()
