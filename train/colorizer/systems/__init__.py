"""How each colorizer is trained: one file a system, its network and its loss."""

from __future__ import annotations

import importlib

from .system import System

_HOME = {
    "base": "base:BaseTraining",
    "resnet18-regression": "regression:ResNet18Training",
    "vgg16-residual": "regression:VGG16Training",
    "fusion": "fusion:FusionTraining",
    "zhang2016": "zhang2016:Zhang2016Training",
    "zhang2017": "zhang2017:Zhang2017Training",
    "zhao2018": "zhao2018:Zhao2018Training",
}
NAMES = tuple(_HOME)


def find(name: str) -> type[System]:
    """The class that trains the system of that name."""
    module, _, attribute = _HOME[name].partition(":")
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
