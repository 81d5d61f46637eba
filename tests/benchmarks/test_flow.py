"""The parts of the flow benchmark that would give wrong figures silently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.flow.flow import Still, _judge_made, markdown
from benchmarks.flow.plot import draw
from benchmarks.flow.scenes import SIZE, Pair, _printed
from tests.flow.scenes import shifted_pair


def _pair() -> Pair:
    cur, prev = shifted_pair(SIZE, (3, 4))
    flow = torch.tensor([3.0, 4]).view(1, 2, 1, 1).expand(1, 2, *SIZE).clone()
    visible = torch.ones(1, 1, *SIZE)
    visible[..., :100] = 0
    flow[..., :100] *= 2
    return Pair(cur, prev, None, flow, visible)


def test_covered_and_seen_pixels_are_judged_apart() -> None:
    pair = _pair()
    found = _judge_made(pair, *Still().both_flows(pair.cur, pair.prev))
    assert round(found["epe"], 3) == 5
    assert round(found["covered"], 3) == 10
    assert found["3px"] == 100


def test_a_print_has_its_own_grain_on_each_frame_and_the_same_motion() -> None:
    pair = _pair()
    aged = _printed(np.random.default_rng(1), pair)
    assert aged.flow is pair.flow
    grain = [(a - b).flatten() for a, b in ((aged.cur, pair.cur), (aged.prev, pair.prev))]
    assert all(0.03 < g.std() < 0.09 for g in grain)
    assert torch.corrcoef(torch.stack([aged.cur.flatten(), pair.cur.flatten()]))[0, 1] > 0.9


def test_the_plot_is_the_same_each_time_and_names_what_was_timed(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the extra train")
    figures = {"made_epe": 2.0, "davis_luma": 4.0, "davis_apart_color": 2.0}
    rows = {"quick": {"ms_256x448": 5.0} | figures, "never timed": figures}
    for name in ("a.svg", "b.svg"):
        draw(rows, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert ">quick</text>" in (tmp_path / "a.svg").read_text()
    assert "never timed" not in (tmp_path / "a.svg").read_text()


def test_a_table_leaves_out_what_was_not_measured() -> None:
    text = markdown({"a": {"made_epe": 1.0}, "b": {"made_epe": 2.0, "davis_luma": 3.0}})
    assert text.splitlines()[0] == "| flow | made: error, px | DAVIS: luma |"
    assert text.splitlines()[2:] == ["| a | 1.00 |  |", "| b | 2.00 | 3.00 |"]
