"""Lists of films with settings of their own: CSV with a header, or JSON. Standard library only.

input,output,strength,start
reel 1.mpg,1921/reel 1.mkv,0.8,
reel 2.mpg,,,1:20
"""

from __future__ import annotations

import csv
import difflib
import io
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any, Union, get_args, get_origin, get_type_hints

from ..config import RunConfig
from ..errors import ConfigError, EntriesError
from ..files import can_be_name
from ..purposes import Purpose, purpose
from ..strict_json import read_strictly

ENDINGS = (".csv", ".json")
"""Endings of lists."""

_OWN = ("input", "output", "analysis", "colors", "for")
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Listed:
    """A film of a list.

    Attributes:
        source: the film; a relative name is taken from the list's folder.
        output: name of the output in the folder of the batch, None = the film's own.
        analysis: a JSON file of its analysis, None where there is none.
        colors: file or folder of colors that are known, likewise.
        purpose: what it is for, None = what the batch is for.
        settings: values of `RunConfig` that are this film's own.
    """

    source: Path
    output: str | None
    analysis: Path | None
    colors: Path | None
    purpose: Purpose | None
    settings: Mapping[str, Any]

    def config(self, common: RunConfig, use: Purpose | None = None) -> RunConfig:
        """The settings of the batch with this film's own in their place.

        Args:
            common: of the batch, not yet fitted for a purpose.
            use: what the batch is for.
        """
        return replace(common, **self.settings).fit_for(self.purpose or use)


def read_list(path: Path, common: RunConfig) -> list[Listed]:
    """The films of a list.

    A CSV file has a header, and commas, semicolons or tabs between its cells; a JSON file holds an
    array of objects, or of names. `input` is needed; `output`, `analysis`, `colors`, `for` and
    every setting of a run (`strength`, `work_size` or `work-size`, ...) may be given; an empty cell
    means the setting of the batch.

    Args:
        path: of the list.
        common: settings of the batch, for checking.

    Raises:
        ConfigError: it cannot be read, or its header names an unknown setting.
        EntriesError: films of it that cannot be used; a line for each.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as err:
        raise ConfigError(f"{path}: no such file") from err
    except UnicodeDecodeError as err:
        raise ConfigError(f"{path}: not a text in UTF-8", hint="save it as CSV UTF-8") from err
    except OSError as err:
        raise ConfigError(f"{path}: cannot be read ({err})") from err
    rows = _json_rows(path, text) if path.suffix.lower() == ".json" else _csv_rows(path, text)
    found, bad = [], []
    hint = None
    for where, row in rows:
        try:
            film = _listed(row, path.parent)
            film.config(common)
        except ConfigError as err:
            bad.append(f"{where}: {err}")
            hint = hint or err.hint
            continue
        found.append(film)
    if bad:
        raise EntriesError(bad, hint)
    return found


def _csv_rows(path: Path, text: str) -> list[tuple[str, dict[str, Any]]]:
    # spreadsheets write what the language of the machine asks for
    mark = max(",;\t", key=text.partition("\n")[0].count)
    cells = io.StringIO(text, newline="")
    reader = csv.DictReader(cells, skipinitialspace=True, delimiter=mark, strict=True)
    rows = []
    try:
        names = [name for name in reader.fieldnames or () if name.strip()]
        _check_names(f"{path}, line 1: ", names)
        if len({_plain(name) for name in names}) < len(names):
            raise ConfigError(f"{path}, line 1: a name is there twice")
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row:
                raise ConfigError(f"{where}: more cells than the header has names")
            if any(row.values()):
                rows.append((where, {k: v for k, v in row.items() if v not in (None, "")}))
    except csv.Error as err:
        hint = "a quote that opens must close"
        raise ConfigError(f"{path}: not a CSV file ({err})", hint=hint) from err
    return rows


def _json_rows(path: Path, text: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        values = read_strictly(text)
    except ValueError as err:
        raise ConfigError(f"{path}: not JSON ({err})") from err
    if not isinstance(values, list):
        raise ConfigError(f"{path}: not a list of films", hint='such as [{"input": "film.mp4"}]')
    rows = []
    for number, value in enumerate(values, start=1):
        where = f"{path}, film {number}"
        value = {"input": value} if isinstance(value, str) else value
        if not isinstance(value, dict):
            raise ConfigError(f"{where}: neither a name nor an object")
        rows.append((where, {k: v for k, v in value.items() if v is not None}))
    return rows


def _listed(row: Mapping[str, Any], folder: Path) -> Listed:
    _check_names("", row)
    values = {_plain(name): value for name, value in row.items()}
    kinds = get_type_hints(RunConfig)
    if not isinstance(values.get("input"), str):
        raise ConfigError("no input is named")
    output, analysis, colors = (values.get(name) for name in ("output", "analysis", "colors"))
    for name in (values["input"], output, analysis, colors):
        if name is not None and not can_be_name(str(name)):
            raise ConfigError(f"{name!r} cannot be the name of a file")
    if output is not None and (
        not isinstance(output, str)
        or not PurePosixPath(output).name
        or PurePosixPath(output).is_absolute()
        or Path(output).is_absolute()
        or ".." in PurePosixPath(output).parts
    ):
        raise ConfigError(f"the output {output!r} is not a name in the folder of the batch")
    return Listed(
        source=folder / values["input"],
        output=output,
        analysis=None if analysis is None else folder / str(analysis),
        colors=None if colors is None else folder / str(colors),
        purpose=purpose(None if values.get("for") is None else str(values["for"])),
        settings={
            name: _value(name, value, _kinds(kinds[name]))
            for name, value in values.items()
            if name not in _OWN
        },
    )


def _plain(name: str) -> str:
    return name.strip().replace("-", "_")


def _check_names(where: str, names: Iterable[str]) -> None:
    known = [*_OWN, *sorted(f.name for f in fields(RunConfig))]
    unknown = next((name for name in names if _plain(name) not in known), None)
    if unknown is not None:
        near = difflib.get_close_matches(_plain(unknown), known, n=1)
        hint = f"did you mean: {near[0]}?" if near else f"a list may have: {', '.join(known)}"
        raise ConfigError(f"{where}unknown setting {unknown!r}", hint=hint)


def _kinds(hint: Any) -> Sequence[Any]:
    """The plain types that a setting may have."""
    if get_origin(hint) in (Union, types.UnionType):
        return [kind for kind in get_args(hint) if kind is not type(None)]
    return [get_origin(hint) or hint]


def _value(name: str, value: Any, kinds: Sequence[Any]) -> Any:
    """A cell or a JSON value as the setting's own type."""
    text = str(value).strip()
    try:
        if bool in kinds:
            return value if isinstance(value, bool) else _WORDS[text.lower()]
        if isinstance(value, bool):
            raise ValueError
        if int in kinds:
            return int(text)
        if float in kinds:
            # as spreadsheets with semicolons write it
            return float(text.replace(",", "."))
        if Path in kinds:
            return Path(text)
        if str in kinds:
            return text
    except (KeyError, ValueError):
        pass
    raise ConfigError(f"{name.replace('_', '-')}: {value!r} does not fit")
