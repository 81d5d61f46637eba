"""Drift on clips whose colors are known."""

from __future__ import annotations

import pytest
import torch

from benchmarks.davis import drift


def test_palindrome() -> None:
    assert drift.palindrome(4, 9) == [0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert drift.rounds(4, 20) == ([*range(6)], [*range(6, 12)], [*range(12, 18)])
    with pytest.raises(ValueError, match="fewer than three rounds"):
        drift.rounds(4, 17)


def test_steady_fading_is_measured() -> None:
    order = drift.palindrome(4, 24)
    L, true = torch.full((4, 1, 16, 16), 60.0), torch.zeros(4, 2, 16, 16)
    true[:, 0, :, :8] = 30
    # Every frame half a unit bluer than the one before; rounds begin at 0, 6 and 18.
    ab = true[order].clone()
    ab[:, 1] -= 0.5 * torch.arange(24.0).view(-1, 1, 1)
    found = drift.measure(ab, order, L, true)
    assert found["drift"] == pytest.approx(9, abs=1e-4)
    assert found["drift_settled"] == pytest.approx(6, abs=1e-4)
    assert found["rmse_end"] > found["rmse_start"]
    assert found["color_end"] > found["color_start"]
