"""Wide ResNets in PyTorch, written from the description of the architecture and the names of docs/hdf5-schema.md.

Zagoruyko and Komodakis, "Wide Residual Networks", 2016, in the variant that the PoF experiments train: in a block the
first 3x3 convolution has stride 1 and the second the block's stride; the shortcut takes the block's raw input.
"""

from collections import OrderedDict

import torch
from torch import nn


class Block(nn.Module):
    """BN-ReLU-conv-BN-ReLU-conv plus the input, or its 1x1 projection where shapes change."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut.append(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False))

    def forward(self, x):
        y = self.conv1(torch.relu(self.bn1(x)))
        return self.conv2(torch.relu(self.bn2(y))) + self.shortcut(x)


def _group(inputs, outputs, blocks, stride):
    return nn.Sequential(
        OrderedDict(
            (f"num_{i}", Block(outputs if i else inputs, outputs, 1 if i else stride)) for i in range(blocks)))


class FeatureExtractor(nn.Module):
    """Images [N, channels, H, W] to pooled features [N, 64 width]; depth is 6 n + 4."""

    def __init__(self, depth, width, channels):
        super().__init__()
        blocks = (depth - 4) // 6
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.layer1 = _group(16, 16 * width, blocks, 1)
        self.layer2 = _group(16 * width, 32 * width, blocks, 2)
        self.layer3 = _group(32 * width, 64 * width, blocks, 2)
        self.bn_out = nn.BatchNorm2d(64 * width)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.conv1(x))))
        return torch.relu(self.bn_out(x)).mean(dim=(2, 3))


class Classifier(nn.Module):
    """Features [N, 64 width] to logits [N, classes]."""

    def __init__(self, width, classes):
        super().__init__()
        self.classifiers = nn.ModuleList([nn.Linear(64 * width, classes)])

    def forward(self, features):
        return self.classifiers[0](features)
