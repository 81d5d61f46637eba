"""Networks kept loaded from one unit, and one film, to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..components import Parts, build

if TYPE_CHECKING:
    from ..config import RunConfig

_KEPT = 2


class LoadedNetworks:
    """The networks of the last few settings that were asked for.

    Args:
        given: networks of the caller, used for all settings; None = built when asked for.
    """

    def __init__(self, given: Parts | None = None) -> None:
        self._given = given
        self._loaded: dict[tuple[str, ...], Parts] = {}

    def get(self, config: RunConfig) -> Parts:
        """The networks that `config` names; see `components.build`."""
        if self._given is not None:
            return self._given
        key = (config.model, config.refiner, config.flow, config.device)
        parts = self._loaded.pop(key, None)
        if parts is None:
            while len(self._loaded) >= _KEPT:
                del self._loaded[next(iter(self._loaded))]
            parts = build(config)
        self._loaded[key] = parts
        return parts
