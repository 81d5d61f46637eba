"""What a run asks of those who color its units, wherever they are."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..components import Parts
    from ..config import RunConfig
    from ..units import Span, Unit
    from ..video.segments.segment import Segment


class MakeUnit(Protocol):
    """Makes a unit of its span as things are now."""

    def __call__(self, span: Span, state: bytes | None = None) -> Unit:
        """The unit; called by any thread.

        Args:
            span: of the unit.
            state: that it continues from; None = that of the unit before, which is finished.
        """
        ...


_ACCELERATOR_BATCH = 24
"""Of which the colorizer sees a third."""

OnFrame = Callable[[int], None]
"""Called with the number of frames done since the last call."""


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What a run must know of its networks, even where they are loaded elsewhere.

    Attributes:
        device: torch's name of the device they are on.
        flow: name of the optical flow, "none" where none is used.
        notes: choices made automatically, one line each.
        weights: SHA-256 of every weight file in use, by file name.
    """

    device: str
    flow: str
    notes: tuple[str, ...]
    weights: Mapping[str, str]

    @classmethod
    def of(cls, parts: Parts) -> NetworkFacts:
        """Of loaded networks."""
        flow = parts.flow.name if parts.flow else "none"
        return cls(parts.device, flow, parts.notes, dict(parts.weights))

    def batch(self, config: RunConfig) -> int:
        """Frames that are colored at once; many on an accelerator, where nothing else is asked."""
        return config.batch if self.device == "cpu" or config.batch > 1 else _ACCELERATOR_BATCH

    def resolved(self, config: RunConfig) -> RunConfig:
        """The same settings with nothing left to be chosen by the machine that colors."""
        flow = self.flow if config.flow == "auto" and self.flow != "none" else config.flow
        return replace(config, device=self.device, flow=flow)


class Workers(Protocol):
    """Those who color units; may be used for any number of films."""

    @property
    def films_at_once(self) -> int:
        """Films whose units they take at the same time."""
        ...

    def facts(self, config: RunConfig) -> NetworkFacts:
        """Of the networks that `config` names.

        Raises:
            ConfigError, PluginError, WeightsError: they cannot be loaded.
        """
        ...

    def color(
        self, spans: Sequence[Span], make_unit: MakeUnit, config: RunConfig, on_frame: OnFrame
    ) -> Generator[Segment, None, None]:
        """Colors units; segments come in the order in which they are finished.

        Leaving the generator early waits for the units in work, where they are on this machine.

        Args:
            spans: of the units, in the order of the film.
            make_unit: called when a unit is begun: with the state, or after the one that it
                continues was yielded.
            config: the settings of all of them.
            on_frame: called now and then.
        """
        ...

    def close(self) -> None:
        """Ends worker processes."""
        ...
