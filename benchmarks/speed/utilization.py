"""How busy an accelerator is, sampled while something runs."""

from __future__ import annotations

import shutil
import subprocess
import threading
from types import TracebackType

_SECONDS = 0.25


class Utilization:
    """Samples the first device of NVIDIA's driver; a context manager.

    Attributes:
        samples: percent.
    """

    def __init__(self) -> None:
        self.samples: list[float] = []
        self._program = shutil.which("nvidia-smi")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Utilization:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    @property
    def mean(self) -> float | None:
        """Percent on average, None where the driver does not say."""
        return sum(self.samples) / len(self.samples) if self.samples else None

    def _sample(self) -> None:
        if self._program is None:
            return
        words = [self._program, "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
        while not self._done.wait(_SECONDS):
            said = subprocess.run(words, capture_output=True, text=True, check=False)
            first = said.stdout.splitlines()[:1]
            if said.returncode == 0 and first and first[0].strip().isdigit():
                self.samples.append(float(first[0]))
