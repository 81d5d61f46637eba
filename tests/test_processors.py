"""Memory that stages need again and again is not taken from the system each time."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

LOOKS = """
import resource
import torch
from vidcolor import load_colorizer
from vidcolor.processors import share_threads

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

share_threads()
base, L = load_colorizer("base"), 50 + 20 * torch.rand(1, 1, 192, 336)
for _ in range(3):
    base.colorize(L)
before = faults()
for _ in range(5):
    base.colorize(L)
print((faults() - before) / 5)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep their own")
def test_features_of_the_colorizer_stay_in_memory() -> None:
    found = subprocess.run(
        [sys.executable, "-c", LOOKS], capture_output=True, text=True, check=True
    )
    # pages of 4 kB; left to itself the library takes thousands for each look
    assert float(found.stdout) < 300
