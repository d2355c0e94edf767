"""The CIFAR ResNet-20 (He et al. 2016, section 4.2) under the key names of akamaster/pytorch_resnet_cifar10."""

import torch
from torch import nn
from torch.nn import functional as F

# ImageNet's statistics on the scale of bytes.
MEAN = 255 * torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = 255 * torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def normalised(pixels):
    """Normalises uint8 (N, 3, H, W) to float32 by ImageNet's mean and standard deviation."""
    return (pixels.float() - MEAN) / STD


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.padding = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.padding:  # option A: every second pixel, and zero channels on either side
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(x + y)


class ResNet20(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self._stage(16, 16, stride=1)
        self.layer2 = self._stage(16, 32, stride=2)
        self.layer3 = self._stage(32, 64, stride=2)
        self.linear = nn.Linear(64, classes)

    @staticmethod
    def _stage(inputs, outputs, stride):
        blocks = [BasicBlock(inputs, outputs, stride)]
        return nn.Sequential(*blocks, *(BasicBlock(outputs, outputs, 1) for _ in range(2)))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))
