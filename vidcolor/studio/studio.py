"""A studio of one film: its files, and in the background what is heavy."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import registry
from ..analysis.film_analysis import read_analysis, write_analysis
from ..errors import ConfigError, MediaError, VidcolorError
from ..files import lock_file
from ..report.output import report_path
from ..video.plan.plan import plan_output
from ..video.read.source import FrameSource
from .jobs import KINDS, Queue
from .kept import KeptImages
from .places import Places
from .project import Project, State, placed, told
from .survey import QUIET, Survey

if TYPE_CHECKING:
    from ..config import RunConfig
    from .playing import Playing
    from .thinking import Thinking


_FIRST, _SHOWN = 3.0, 0.5
"""Seconds that a page has to come before networks are loaded, and without a request when it is
there."""


class NotReadyError(Exception):
    """The film is still being analyzed, or the networks loaded."""


class Studio:
    """Everything that the server's answers are made of.

    Args:
        film: the film.
        output: where it is rendered to.
        config: settings of coloring.

    Attributes:
        places: of the files.
        queue: of what is rendered.

    Raises:
        ConfigError: another studio has this film open, or the output cannot be written.
        PluginError: no such colorizer.
        MediaError: the film cannot be read, or its folder not be written to.
    """

    def __init__(self, film: Path, output: Path, config: RunConfig) -> None:
        # what cannot work is said before the page is opened
        registry.find("colorizer", config.model)
        if config.device not in ("auto", "cpu"):
            from ..components import choose_device

            choose_device(config.device)
        with FrameSource(film, rate=config.film.rate) as source:
            plan_output(source.info, output, config.encode, overwrite=True)
        self.places, self.output, self.config = Places(film), output, config
        try:
            self.places.own.mkdir(exist_ok=True)
            self._held = lock_file(self.places.own / "lock")
            self.queue = Queue(self.places.jobs)
        except BlockingIOError as err:
            raise ConfigError(
                f"{film.name} is open in another studio", hint="use that one, or end it first"
            ) from err
        except OSError as err:
            raise MediaError(f"{self.places.own}: cannot be written to ({err.strerror})") from err
        self.survey = Survey(self.places.survey, config.model, self._idle)
        self.kept = KeptImages(self.places.images, film, config)
        self.last_request = 0.0
        self._project: Project | None = None
        self._thinking: Thinking | None = None
        self._playing: Playing | None = None
        self._problem: str | None = None
        self._analyzed: tuple[int, int | None] = (0, None)
        self._was_shown = threading.Event()
        if self.places.shots.is_file():
            self._project = Project(self.places)

    def start(self) -> None:
        """Begins what is heavy, in the background."""
        threading.Thread(target=self._load, name="loading", daemon=True).start()

    def close(self) -> None:
        """Lets go of the film; what is rendered goes on."""
        self.survey.stop()
        if self._playing is not None:
            self._playing.stop()
        self._held.close()

    @property
    def project(self) -> Project:
        """The files. Raises `NotReadyError` while the film is analyzed for the first time."""
        if self._project is None:
            raise NotReadyError
        return self._project

    @property
    def thinking(self) -> Thinking:
        """The film and its networks. Raises `NotReadyError` while they are loaded."""
        if self._thinking is None:
            raise NotReadyError
        return self._thinking

    @property
    def playing(self) -> Playing:
        """Shots to be played. Raises `NotReadyError` while networks are loaded."""
        if self._playing is None:
            raise NotReadyError
        return self._playing

    def view(self) -> dict[str, Any]:
        """All that a page shows besides images."""
        done, total = self._analyzed
        view: dict[str, Any] = {
            "film": self.places.film.name,
            "output": self.output.name,
            "ready": self._thinking is not None,
            "problem": self._problem,
            "analyzed": {"done": done, "total": total},
        }
        if self._project is not None:
            view |= self._state(self._project)
            if not self._was_shown.is_set():
                # it asks for images now
                self.last_request = time.monotonic()
                self._was_shown.set()
        if not self.places.film.exists():
            lost = f"{self.places.film} is not there any more; nothing is lost, put it back"
            view["problem"] = lost
        elif not self.kept.is_current:
            view["problem"] = (
                f"{self.places.film} is another file than the one that was opened: put that back, "
                "or end the studio and open it again"
            )
        return view

    def pulse(self) -> dict[str, Any]:
        """What tells a page whether `view` is another than before."""
        is_there = self.places.film.exists() and self.kept.is_current
        pulse: dict[str, Any] = {
            "ready": self._thinking is not None,
            "problem": self._problem if is_there else "lost",
            "analyzed": self._analyzed[0],
            "version": None,
            "seen": 0,
        }
        if self._project is not None:
            state = self._project.state()
            seen = sum(found is not None for found in self.survey.of(state.analysis))
            thinking = self._thinking
            compared = thinking is not None and thinking.asking.is_known(state)
            unlike = len(self._unlike(state))
            pulse |= {
                "version": state.version,
                "seen": seen,
                "compared": compared,
                "unlike": unlike,
            }
        return pulse

    def image(
        self, state: State, frame: int, kind: str, *, is_played: bool
    ) -> tuple[bytes, bool, bool]:
        """A frame, see `Thinking.image`; one that was made before is there without networks.

        Args:
            state: of the files.
            frame: its number.
            kind: see there.
            is_played: as it is in its shot, if that was played.

        Returns:
            The image, whether it is all that can be said, and whether it is from the played shot.

        Raises:
            NotReadyError: it was not made before, and networks are still loaded.
        """
        if self._thinking is None:
            look = told(state)[state.analysis.shot_at(frame).number]
            found = self.kept.get(state, kind, frame, look)
            if found is None:
                raise NotReadyError
            return found, True, False
        chroma = self.playing.chroma(state, frame) if is_played else None
        return *self._thinking.image(state, frame, kind, chroma), chroma is not None

    def questions(self) -> list[dict[str, Any]] | None:
        """What a person may be asked, see `asking.Asking`; None = not known yet."""
        return self.thinking.asking.questions(self.project.state())

    def render(self, kind: object, shot: object, overwrite: bool, report: bool) -> int:
        """Puts something into the queue; gives its number.

        Raises:
            ValueError: it makes no sense. NotReadyError: the film is still being analyzed.
        """
        state = self.project.state()
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
        spec: dict[str, Any] = {
            "kind": kind,
            "film": str(self.places.film.absolute()),
            "output": str(self.output.absolute()),
            "analysis": str(self.places.shots.absolute()),
            "config": self.config.to_dict(),
            "overwrite": overwrite,
            "report": report,
            "told": told(state),
        }
        if kind == "shot":
            if type(shot) is not int or not 0 <= shot < len(state.analysis.shots):
                raise ValueError(f"there is no shot {shot!r}")
            if self.places.film.is_dir():
                raise ValueError("single shots of a folder of images cannot be rendered alone")
            spec |= {"shot": shot, "output": str(self.rendered_shot(shot).absolute())}
        return self.queue.add(spec)

    def rendered_shot(self, shot: int) -> Path:
        """Where a single shot is rendered to."""
        return self.places.own / "shots" / f"shot-{shot:04d}.mp4"

    @property
    def report(self) -> Path:
        """The report on the rendered film."""
        return report_path(self.output)

    def _state(self, project: Project) -> dict[str, Any]:
        state = project.state()
        undo, redo = project.undoable()
        marks = told(state)
        looks = marks if self._thinking is None else self._thinking.look(state)
        return {
            "version": state.version,
            "problem": self._problem or state.problem,
            "undo": undo,
            "redo": redo,
            "first": state.analysis.first_frame,
            "end": state.analysis.end,
            "shots": _shots(state, marks, looks, self.survey.of(state.analysis)),
            "entries": _with_unlike(placed(state), self._unlike(state)),
            "done": list(state.values.get("done", [])),
        }

    def _unlike(self, state: State) -> set[int]:
        """Numbers of the photographs that nothing in their shots is like, as far as is known."""
        names = () if self._thinking is None else self._thinking.unlike(state)
        start = f"{self.places.colors.name}: references "
        return {int(name.removeprefix(start)) - 1 for name in names if name.startswith(start)}

    def _idle(self) -> float:
        return time.monotonic() - self.last_request

    def _load(self) -> None:
        # the shots are shown first: importing networks takes all of a processor
        if self._project is not None and self._was_shown.wait(_FIRST):
            end = time.monotonic() + _FIRST
            while self._idle() < _SHOWN and time.monotonic() < end:
                time.sleep(0.02)
        try:
            from ..film import open_film
            from ..identity.key_frames import images_at
            from ..known_film import given_analysis
            from ..processors import share_threads
            from .playing import Playing
            from .thinking import Thinking

            share_threads()
            images = None
            with open_film(self.places.film, self.config.film) as film:
                if self._project is None:
                    images = images_at(film, self.config.work_size)
                    write_analysis(film.analyze(self._count, images), self.places.shots)
                    self._project = Project(self.places)
                else:
                    given_analysis(film, read_analysis(self.places.shots))
            thinking = Thinking(
                self.places.film,
                self.config,
                self.places.own,
                self.kept,
                lambda: self._idle() < QUIET,
                images,
            )
            self._playing = Playing(thinking)
            self._thinking = thinking
        except VidcolorError as err:
            self._problem = "; ".join(err.lines) + (f" ({err.hint})" if err.hint else "")
            return
        except OSError as err:
            self._problem = f"cannot be written: {err.strerror}"
            return
        self.survey.run(thinking, self.project.state)

    def _count(self, done: int, total: int | None) -> None:
        self._analyzed = done, total


def _with_unlike(entries: list[dict[str, Any]], unlike: set[int]) -> list[dict[str, Any]]:
    """Entries, photographs among them with whether nothing in their shots is like them."""
    return [
        {**entry, "unlike": entry["index"] in unlike} if entry["kind"] == "references" else entry
        for entry in entries
    ]


def _shots(
    state: State,
    marks: dict[int, str],
    looks: dict[int, str],
    seen: list[dict[str, Any] | None],
) -> list[dict[str, Any]]:
    return [
        {
            "number": shot.number,
            "start": shot.start,
            "end": shot.end,
            "seconds": [round(s, 3) for s in shot.seconds],
            "opening": shot.opening,
            "key": shot.key_frames[0].frame if shot.key_frames else shot.start,
            "told": marks[shot.number],
            "look": looks[shot.number],
            "seen": found,
        }
        for shot, found in zip(state.analysis.shots, seen, strict=True)
    ]
