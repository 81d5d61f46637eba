"""What a film is for, as settings of its encoder. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ConfigError


@dataclass(frozen=True, slots=True)
class Purpose:
    """Settings that fit a purpose.

    Attributes:
        ending: of the output, where it is not named.
        codec, crf, preset, depth: see `config.EncodeConfig`.
        summary: for whom, in a few words.
    """

    ending: str
    codec: str
    crf: int | None
    preset: str
    depth: int | None
    summary: str


PURPOSES: Mapping[str, Purpose] = {
    "web": Purpose(".mp4", "libx264", 20, "slow", 8, "H.264 of 8 bits, for browsers and players"),
    "archive": Purpose(".mkv", "ffv1", None, "medium", None, "FFV1, lossless, checksums in slices"),
    "edit": Purpose(".mov", "prores_ks", None, "medium", None, "ProRes 422 HQ or 4444"),
}


def purpose(name: str | None) -> Purpose | None:
    """The settings of a purpose, None for none.

    Raises:
        ConfigError: there is no such purpose.
    """
    if name is None:
        return None
    if name not in PURPOSES:
        known = "; ".join(f"{key}: {value.summary}" for key, value in PURPOSES.items())
        raise ConfigError(f"--for {name}: no such purpose", hint=known)
    return PURPOSES[name]
