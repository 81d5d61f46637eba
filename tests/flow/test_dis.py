from __future__ import annotations

import pytest
import torch

from flow import Dis


def test_names_its_presets() -> None:
    with pytest.raises(ValueError, match="ultrafast, fast, medium"):
        Dis("slow")


def test_sees_eight_bit_luma() -> None:
    luma = torch.tensor([-0.1, 0.0, 0.5, 1.0, 1.2]).view(1, 1, 1, 5)
    assert Dis().encode(luma).pictures.tolist() == [[[0, 0, 128, 255, 255]]]
