"""Commands that make colors have the options of a run, unless there is a reason."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from vidcolor.commands.batch import batch
from vidcolor.commands.preview import preview
from vidcolor.commands.run import run
from vidcolor.config import RunConfig
from vidcolor.options import Source


def parameters(command: object) -> set[str]:
    return set(inspect.signature(command).parameters)  # type: ignore[arg-type]


def test_preview_has_every_option_of_run_that_changes_the_image() -> None:
    file = {"crf", "codec", "preset", "depth", "use", "tracks"}
    work = {"unit_frames", "jobs", "shard", "ray", "keep_work", "restart", "check"}
    other_names = {"more", "start", "end", "only_plan", "with_report"}
    assert parameters(run) - parameters(preview) == file | work | other_names


def test_batch_has_every_option_of_run_or_a_column_for_it() -> None:
    columns = {"start", "end", "analysis", "colors"}
    other_names = {"source", "more", "only_plan"}
    assert parameters(run) - parameters(batch) == columns | other_names
    assert {f.name for f in fields(RunConfig)} - {"batch"} <= parameters(run)


def test_a_folder_without_a_name_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scans" / "more").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "scans")
    callback = get_args(Source)[1].callback
    assert callback(Path()) == tmp_path / "scans"
    assert callback(Path("more/..")) == tmp_path / "scans"
    assert callback(Path("a.mp4")) == Path("a.mp4")
