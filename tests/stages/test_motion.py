"""Motion between frames, one by one and many at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flow import Dis
from tests.films import luma_picture
from vidcolor.geometry import Area
from vidcolor.stages.motion import estimate_motion
from vidcolor.stages.values import WorkFrame
from vidcolor.state import PipelineState


def _frames() -> list[WorkFrame]:
    """Two shots, and a frame that keeps its own color."""
    found = []
    for n in range(11):
        y = luma_picture(n, 96, 64, shot=n // 6).astype(np.float32)
        L = torch.from_numpy(y / 2.55)[None, None]
        found.append(WorkFrame(n, L, Area(0, 0, 96, 64), starts_shot=n == 6))
    found[8] = replace(found[8], keeps_color=True)
    return found


@pytest.mark.parametrize("both_ways", [False, True])
def test_many_at_once_have_the_motion_of_each(both_ways: bool) -> None:
    frames = _frames()
    state = PipelineState(_frames()[0].L, None)
    alone = list(estimate_motion(frames, Dis(), state, both_ways=both_ways))
    together = list(estimate_motion(frames, Dis(), state, both_ways=both_ways, batch=4))
    assert [i.index for i in together] == list(range(11))
    # frames 6 and 9 have none before them of their shot, frame 8 keeps its color
    assert [i.index for i in alone if i.motion is None] == [6, 8, 9]
    for one, other in zip(alone, together, strict=True):
        for a, b in ((one.motion, other.motion), (one.onward, other.onward)):
            assert (a is None) == (b is None)
            if a is not None and b is not None:
                assert torch.equal(a.flow, b.flow)
                assert torch.equal(a.visibility, b.visibility)
    assert all((i.onward is not None) == (both_ways and i.motion is not None) for i in alone)
