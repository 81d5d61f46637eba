from __future__ import annotations

import subprocess
import sys

import pytest

import flow


def test_every_name_is_there() -> None:
    assert flow.PROJECT == "vidcolor"
    assert all(getattr(flow, name) is not None for name in flow.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        flow.nothing  # noqa: B018


def test_importing_it_is_cheap() -> None:
    code = "import sys, flow; sys.exit(any(m in sys.modules for m in ('torch', 'cv2', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
