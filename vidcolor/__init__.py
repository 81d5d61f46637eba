"""vidcolor: black-and-white film in, the same film out in color that holds still.

from vidcolor import RunConfig, colorize_video

result = colorize_video("movie.mp4", "movie.color.mp4", RunConfig(strength=0.9))
print(result.frames, result.notes)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["RunConfig", "VidcolorError", "__version__", "colorize_video", "load_colorizer"]

if TYPE_CHECKING:
    from .components import load_colorizer
    from .config import RunConfig
    from .errors import VidcolorError
    from .run import colorize_video

_HOME = {
    "RunConfig": ".config",
    "VidcolorError": ".errors",
    "colorize_video": ".run",
    "load_colorizer": ".components",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for, so that `import vidcolor` stays light."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name], __name__), name)
