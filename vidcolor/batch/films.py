"""Which films a batch has: from folders, patterns, lists and single files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ..config import RunConfig
from ..errors import ConfigError, MediaError
from ..purposes import Purpose
from ..video.plan.place import CONTAINERS, INSTEAD
from ..video.read.folder import find_pictures
from .lists import ENDINGS as LISTS
from .lists import Listed, read_list

FILMS = (
    *CONTAINERS,
    *(".3g2", ".3gp", ".asf", ".divx", ".dv", ".f4v", ".flv", ".ivf", ".m2v", ".mj2", ".mod"),
    *(".mpeg", ".mpg", ".mxf", ".nut", ".obu", ".ogg", ".ogv", ".rm", ".rmvb", ".swf", ".tod"),
    *(".vc1", ".vob", ".wmv", ".wtv", ".y4m"),
)
"""Endings by which films are found in folders; a single file may have any."""

FEWEST_PICTURES = 12
"""A folder with fewer numbered images is not taken for a film."""

_WORK = ".vidcolor"
_PATTERN = "*?["


@dataclass(frozen=True, slots=True)
class BatchFilm:
    """A film of a batch.

    Attributes:
        source: the film.
        name: of its output in the folder of the batch, with slashes; no two are the same.
        config: its settings.
        analysis: a JSON file of its analysis, None where it is analyzed.
        colors: file or folder of colors that are known, besides `NAME.colors.json` next to it.
        ending: of the output, where the batch does not say; None = that of the film.
        is_named: a list names this output; a film may have several such.
    """

    source: Path
    name: str
    config: RunConfig = field(default_factory=RunConfig)
    analysis: Path | None = None
    colors: Path | None = None
    ending: str | None = None
    is_named: bool = False

    def output(self, folder: Path) -> Path:
        """Where it is written."""
        return folder / self.name

    @property
    def given_colors(self) -> tuple[Path, ...]:
        """`colors` as `colorize_video` takes them."""
        return () if self.colors is None else (self.colors,)


def find_films(
    inputs: Sequence[Path],
    output: Path,
    config: RunConfig,
    ending: str | None = None,
    use: Purpose | None = None,
) -> list[BatchFilm]:
    """All films that the words of a command line mean, in a fixed order, each once.

    Args:
        inputs: folders, which are searched with all below them; patterns such as `films/*.mp4`;
            lists (`.csv`, `.json`), see `lists.read_list`; films.
        output: folder of the batch; what is in it is not a film of the batch.
        config: settings of films that bring none of their own.
        ending: of all outputs, such as ".mkv"; None = that of the film's purpose, or its own where
            it can be written.
        use: what the films are for that do not say so themselves.

    Raises:
        ConfigError: an input is missing, a list cannot be read, or two films would have the same
            output.
    """
    if ending is not None and ending not in CONTAINERS:
        raise ConfigError(
            f"cannot write {ending}", hint=f"endings that work: {' '.join(CONTAINERS)}"
        )
    folders = [path for path in inputs if path.is_dir()]
    found: list[BatchFilm] = []
    common, usual = config.fit_for(use), None if use is None else use.ending
    for path in inputs:
        if path.is_dir():
            if _is_within(path, output):
                raise ConfigError(f"{path}: the folder of the batch cannot be an input")
            # several folders keep their names, so that films of the same name stay apart
            prefix = PurePosixPath(path.absolute().name) if len(folders) > 1 else PurePosixPath()
            for source in films_below(path, output):
                name = prefix / PurePosixPath(source.relative_to(path).as_posix())
                found.append(BatchFilm(source, str(name), common, ending=usual or _instead(source)))
        elif path.suffix.lower() in LISTS:
            found += [_listed(entry, config, use) for entry in read_list(path, config)]
        elif path.exists() or not any(c in str(path) for c in _PATTERN):
            found.append(BatchFilm(path, path.name, common, ending=usual or _instead(path)))
        else:
            films = [m for m in _matches(path) if m.is_file() and not _is_within(m, output)]
            if not films:
                raise ConfigError(f"{path}: no file has such a name")
            base = Path(os.path.commonpath([film.parent for film in films]))
            names = [film.relative_to(base).as_posix() for film in films]
            found += [
                BatchFilm(film, name, common, ending=usual or _instead(film))
                for film, name in zip(films, names, strict=True)
            ]
    return _named(_once(found), ending)


def without_films(inputs: Sequence[Path], films: Sequence[BatchFilm]) -> list[Path]:
    """Folders among the words of a command line in which none of the films lies."""
    sources = [film.source for film in films]
    return [p for p in inputs if p.is_dir() and not any(_is_within(s, p) for s in sources)]


def _listed(entry: Listed, config: RunConfig, use: Purpose | None) -> BatchFilm:
    purpose = entry.purpose or use
    usual = _instead(entry.source) if purpose is None else purpose.ending
    return BatchFilm(
        entry.source,
        entry.output or entry.source.name,
        entry.config(config, use),
        entry.analysis,
        entry.colors,
        # a name that was given has its ending
        None if entry.output is not None else usual,
        is_named=entry.output is not None,
    )


def _instead(source: Path) -> str | None:
    return None if source.is_dir() else INSTEAD.get(source.suffix.lower())


def films_below(folder: Path, output: Path) -> Iterator[Path]:
    """Films in a folder and below it, by their endings; folders of numbered images are films.

    Hidden files, work folders and what is in `output` are left out.
    """
    for place, below, files in os.walk(folder):
        here = Path(place)
        below[:] = sorted(
            name
            for name in below
            if not name.startswith(".")
            and not name.endswith(_WORK)
            and not _is_within(here / name, output)
        )
        names = sorted(n for n in files if Path(n).suffix.lower() in FILMS and n[0] != ".")
        yield from (here / name for name in names)
        if not names and len(files) >= FEWEST_PICTURES and _is_film(here):
            yield here


def _matches(pattern: Path) -> list[Path]:
    """Files whose names fit a pattern, which may have `**` for any folders."""
    parts = pattern.parts
    first = next(n for n, part in enumerate(parts) if any(c in part for c in _PATTERN))
    return sorted(Path(*parts[:first]).glob(str(Path(*parts[first:]))))


def _is_film(folder: Path) -> bool:
    try:
        return len(find_pictures(folder).pictures) >= FEWEST_PICTURES
    except MediaError:
        return False


def _is_within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _once(films: Sequence[BatchFilm]) -> list[BatchFilm]:
    """Without films that two of the inputs mean; the last mention, such as a list's, counts.

    A film is colored as often as lists name outputs for it.
    """
    by_source: dict[Path, dict[str, BatchFilm]] = {}
    for film in films:
        mentions = by_source.setdefault(film.source.absolute(), {})
        if not (film.is_named and all(other.is_named for other in mentions.values())):
            mentions.clear()
        mentions[film.name] = film
    return [film for mentions in by_source.values() for film in mentions.values()]


def _named(films: Sequence[BatchFilm], ending: str | None) -> list[BatchFilm]:
    """With names of outputs, which can be written and are all different."""
    named = [replace(film, name=_output_name(film, ending)) for film in films]
    taken = _counts(film.name for film in named)
    # a.avi and a.wmv would both be a.mkv
    named = [
        new if taken[_key(new.name)] == 1 else replace(new, name=_longer(old.name, new.name))
        for old, new in zip(films, named, strict=True)
    ]
    owner: dict[str, BatchFilm] = {}
    for film in named:
        other = owner.setdefault(_key(film.name), film)
        if other is not film:
            raise ConfigError(
                f"{other.source} and {film.source} would both be written to {film.name}",
                hint="give the common folder of both, or a list with a column output",
            )
    for film in named:
        for folder in PurePosixPath(film.name).parents:
            if _key(str(folder)) in owner:
                raise ConfigError(
                    f"{film.source} would be written into {folder}, which is another film's output",
                    hint="give a list with a column output",
                )
    return sorted(named, key=lambda film: film.name)


def _output_name(film: BatchFilm, ending: str | None) -> str:
    name, ending = PurePosixPath(film.name), ending or film.ending
    if film.source.is_dir():
        # a dot in a folder's name is no ending
        return film.name if name.suffix in CONTAINERS else f"{name}{ending or '.mkv'}"
    if ending is None:
        ending = name.suffix if name.suffix.lower() in CONTAINERS else ".mkv"
    return str(name.with_suffix(ending))


def _longer(name: str, output: str) -> str:
    """The output of a film whose own ending must stay in its name."""
    suffix = PurePosixPath(output).suffix
    return output if PurePosixPath(name).suffix == suffix else name + suffix


def _counts(names: Iterator[str]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[_key(name)] = counts.get(_key(name), 0) + 1
    return counts


def _key(name: str) -> str:
    """Names that some file systems do not tell apart."""
    return name.casefold()
