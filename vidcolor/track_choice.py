"""Which of a film's other tracks are kept: the grammar of `--tracks`. Standard library only.

    all                   every track that fits (the default)
    none                  the colored video track alone
    audio,subtitle:1      all audio and the first subtitle track, nothing else
    audio:deu             German audio, nothing else
    -subtitle,-audio:2    everything but subtitles and the second audio track
    all,-audio,audio:eng  everything, but of the audio only the English

Entries are read from left to right, and the last one that names a track decides. A list that
begins with a minus begins from `all`, any other from `none`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import ConfigError

KINDS = ("audio", "subtitle", "video", "cover", "attachment")
"""Kinds of tracks that can be chosen."""

_HINT = "examples: all, none, audio, audio:2, audio:deu, -subtitle, audio,subtitle:eng"

# ISO 639-2 has two codes for some languages, and files use either
_BIBLIOGRAPHIC = {
    "alb": "sqi", "arm": "hye", "baq": "eus", "bur": "mya", "chi": "zho", "cze": "ces",
    "dut": "nld", "fre": "fra", "geo": "kat", "ger": "deu", "gre": "ell", "ice": "isl",
    "mac": "mkd", "mao": "mri", "may": "msa", "per": "fas", "rum": "ron", "slo": "slk",
    "tib": "bod", "wel": "cym",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrackName:
    """What a track can be named by.

    Attributes:
        kind: one of `KINDS`.
        number: among the tracks of that kind, from 1.
        language: as in the file, None where nothing is said.
    """

    kind: str
    number: int
    language: str | None


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    keeps: bool
    kind: str | None
    number: int | None = None
    language: str | None = None

    @property
    def names_one(self) -> bool:
        return self.number is not None or self.language is not None

    def names(self, track: TrackName) -> bool:
        return (
            self.kind in (None, track.kind)
            and self.number in (None, track.number)
            and (self.language is None or self.language == _language(track.language))
        )


class TrackChoice:
    """A parsed `--tracks`.

    Args:
        text: the entries, separated by commas.

    Raises:
        ConfigError: an entry cannot be read.
    """

    def __init__(self, text: str) -> None:
        self._entries = [_entry(part.strip()) for part in text.split(",")]

    def keeps(self, track: TrackName) -> bool:
        """Whether a track is wanted."""
        kept = not self._entries[0].keeps
        for entry in self._entries:
            if entry.names(track):
                kept = entry.keeps
        return kept

    def check(self, tracks: Iterable[TrackName]) -> None:
        """Makes sure that every track asked for by number or language is in the film.

        Raises:
            ConfigError: one is not.
        """
        there = list(tracks)
        for entry in self._entries:
            if entry.keeps and entry.names_one and not any(entry.names(t) for t in there):
                listed = ", ".join(_name(t) for t in there) or "none"
                raise ConfigError(
                    f"--tracks {entry.text}: the film has no such track",
                    hint=f"tracks that can be chosen: {listed}",
                )


def _entry(text: str) -> _Entry:
    if text in ("all", "none"):
        return _Entry(text, text == "all", None)
    kind, colon, which = text.removeprefix("-").lower().partition(":")
    keeps = not text.startswith("-")
    if kind in KINDS and not colon:
        return _Entry(text, keeps, kind)
    if kind in KINDS and which.isascii() and which.isdigit() and int(which) > 0:
        return _Entry(text, keeps, kind, number=int(which))
    if kind in KINDS and which.isascii() and which.replace("-", "").isalpha():
        return _Entry(text, keeps, kind, language=_language(which))
    raise ConfigError(f"cannot read the entry {text!r} of --tracks", hint=_HINT)


def _language(tag: str | None) -> str:
    code = (tag or "und").lower()
    return _BIBLIOGRAPHIC.get(code, code)


def _name(track: TrackName) -> str:
    return f"{track.kind}:{track.number}" + (f" ({track.language})" if track.language else "")
