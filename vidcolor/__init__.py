"""vidcolor: black-and-white film in, the same film out in color that holds still.

from vidcolor import RunConfig, colorize_video

result = colorize_video("movie.mp4", "movie.color.mp4", RunConfig(strength=0.9))
print(result.frames, result.notes)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Film",
    "FilmAnalysis",
    "FilmSettings",
    "GivenColors",
    "Guidance",
    "Lock",
    "Parts",
    "RunConfig",
    "RunResult",
    "VidcolorError",
    "__version__",
    "build",
    "colorize_frames",
    "colorize_image",
    "colorize_video",
    "load_colorizer",
    "open_film",
    "read_analysis",
    "write_analysis",
]

if TYPE_CHECKING:
    from .analysis.film_analysis import FilmAnalysis, read_analysis, write_analysis
    from .components import Parts, build, load_colorizer
    from .config import FilmSettings, RunConfig
    from .errors import VidcolorError
    from .film import Film, open_film
    from .guidance.guidance import GivenColors, Guidance, Lock
    from .in_memory import colorize_frames, colorize_image
    from .run import RunResult, colorize_video

_HOME = {
    "Film": ".film",
    "FilmAnalysis": ".analysis.film_analysis",
    "FilmSettings": ".config",
    "GivenColors": ".guidance.guidance",
    "Guidance": ".guidance.guidance",
    "Lock": ".guidance.guidance",
    "Parts": ".components",
    "RunConfig": ".config",
    "RunResult": ".run",
    "VidcolorError": ".errors",
    "build": ".components",
    "colorize_frames": ".in_memory",
    "colorize_image": ".in_memory",
    "colorize_video": ".run",
    "load_colorizer": ".components",
    "open_film": ".film",
    "read_analysis": ".analysis.film_analysis",
    "write_analysis": ".analysis.film_analysis",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for, so that `import vidcolor` stays light."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
