"""One epoch of training the example's network in Python's torch: what TrainingEpoch does in Java.

The same network, batches, optimizer, loss and number format; the images lie preprocessed in memory.

Usage: python epoch.py THREADS SAMPLES
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

EXAMPLE = Path(__file__).resolve().parent.parent / "examples/fashion-mnist"
sys.path.insert(0, str(EXAMPLE))

from train import ResNet, preprocess  # noqa: E402


def epoch(model, optimizer, images, labels):
    model.train()
    start = time.time()
    for chosen in torch.randperm(len(labels)).split(64):
        batch = images[chosen].to(memory_format=torch.channels_last)
        loss = F.cross_entropy(model(batch), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
    return time.time() - start


def main():
    threads, samples = int(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    shards = [np.load(shard) for shard in sorted((EXAMPLE / "data/train").glob("*.npz"))]
    images = preprocess(np.concatenate([shard["input"] for shard in shards])[:samples])
    labels = torch.from_numpy(np.concatenate([shard["labels"] for shard in shards])[:samples].astype(np.int64))
    model = ResNet().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4)
    epoch(model, optimizer, images[:1280], labels[:1280])
    print(f"python {epoch(model, optimizer, images, labels):.2f}")


if __name__ == "__main__":
    main()
