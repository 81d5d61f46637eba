"""Where the files of a film's studio lie. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..files import studio_folder
from ..guidance.color_file import color_file_of


@dataclass(frozen=True, slots=True)
class Places:
    """Files beside a film. Those in `own` can be deleted: only the history of changes is lost.

    Attributes:
        film: the film.
    """

    film: Path

    @property
    def colors(self) -> Path:
        """The file of colors, as `run` finds it by itself."""
        return color_file_of(self.film)

    @property
    def shots(self) -> Path:
        """The analysis, as for `run --analysis`."""
        return self.film.with_name(f"{self.film.stem}.shots.json")

    @property
    def references(self) -> Path:
        """Folder of photographs that were dropped onto the page."""
        return self.film.with_name(f"{self.film.stem}.references")

    @property
    def own(self) -> Path:
        """Folder of the history, caches and the queue."""
        return studio_folder(self.film)

    @property
    def history(self) -> Path:
        """What was changed, and how the files were before."""
        return self.own / "history"

    @property
    def jobs(self) -> Path:
        """The queue."""
        return self.own / "jobs"

    @property
    def survey(self) -> Path:
        """How unsure the colorizer is of each shot."""
        return self.own / "survey.json"

    @property
    def images(self) -> Path:
        """Images that were made once."""
        return self.own / "images"

    @property
    def token(self) -> Path:
        """The secret in the page's address; it outlives the server."""
        return self.own / "token"
