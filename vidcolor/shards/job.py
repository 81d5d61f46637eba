"""What was asked of the workers of a film, kept with their work so that `join` need not be told."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..config import RunConfig
from ..errors import ConfigError, MediaError
from ..files import write_whole
from ..workers.workers import NetworkFacts

_NAME = "job.json"


@dataclass(frozen=True, slots=True)
class Job:
    """A film that several workers color.

    Attributes:
        source: the film.
        output: the film to write, as it was given.
        config: settings.
        colors: files of colors that are known.
        networks: that all of them use.
    """

    source: Path
    output: Path
    config: RunConfig
    colors: tuple[Path, ...]
    networks: NetworkFacts

    def write(self, folder: Path) -> None:
        """Keeps it in a folder of work; all workers write the same.

        Raises:
            MediaError: it cannot be written.
        """
        values = asdict(self) | {"config": self.config.to_dict()}
        values["source"], values["output"] = (
            str(self.source.absolute()),
            str(self.output.absolute()),
        )
        values["colors"] = [str(path.absolute()) for path in self.colors]
        try:
            write_whole(folder / _NAME, json.dumps(values, indent=1).encode(), shared=True)
        except OSError as err:
            raise MediaError(f"{folder / _NAME}: cannot be written ({err.strerror})") from err


def is_job(folder: Path) -> bool:
    """Whether workers have been at work in a folder."""
    return (folder / _NAME).exists()


def read_job(folder: Path) -> Job:
    """What was asked of the workers whose work lies in a folder.

    Raises:
        ConfigError: none have been at work there.
    """
    try:
        values: dict[str, Any] = json.loads((folder / _NAME).read_bytes())
        facts = values["networks"]
        return Job(
            source=Path(values["source"]),
            output=Path(values["output"]),
            config=RunConfig(**values["config"]),
            colors=tuple(map(Path, values["colors"])),
            networks=NetworkFacts(**facts | {"notes": tuple(facts["notes"])}),
        )
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ConfigError(
            f"{folder}: no shards have been at work there",
            hint="give the output of `vidcolor run --shard`, or its folder OUTPUT.vidcolor",
        ) from err
