"""Systems that others wrote: what goes wrong in them is told as theirs, in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from torch import Tensor

from ..colorizers.adapters import Adapter
from ..errors import SEE_WHERE, PluginError, VidcolorError, class_and_text
from ..out_of_memory import is_out_of_memory
from ..types import Coloring
from .grid import color_grid

if TYPE_CHECKING:
    from ..types import Colorizer, HintedColorizer, Hints
    from .values import WorkFrame

_OWN = ("vidcolor", "flow")


def is_foreign(system: object) -> bool:
    """Whether a colorizer, refiner or flow runs code that is not part of vidcolor."""
    return isinstance(system, Adapter) or type(system).__module__.partition(".")[0] not in _OWN


@contextmanager
def named(kind: str, system: object, first: int, last: int) -> Iterator[None]:
    """Names a foreign system and its frames in what it raises; an error of vidcolor stays itself.

    Raises:
        PluginError: anything but a lack of memory was raised.
    """
    try:
        yield
    except Exception as err:
        if not is_foreign(system) or isinstance(err, VidcolorError) or is_out_of_memory(err):
            raise
        said = f"{_whose(kind, system)} failed at {_frames(first, last)}: {class_and_text(err)}"
        raise PluginError(said, hint=SEE_WHERE) from err


def colored(
    colorizer: Colorizer,
    L: Tensor,
    first: int,
    last: int,
    hints: Hints | None = None,
    *,
    takes_hints: bool = False,
) -> Coloring:
    """What a colorizer makes of L* `(B, 1, h, w)`, the frames `first` to `last`; on its device.

    Raises:
        PluginError: it is no `Coloring` of them, or a foreign colorizer failed.
    """
    with named("colorizer", colorizer, first, last):
        if takes_hints:
            coloring = cast("HintedColorizer", colorizer).colorize(L, hints)
        else:
            coloring = colorizer.colorize(L)
    for part, channels in (("ab", 2), ("confidence", 1)):
        found = getattr(coloring, part, None)
        if not _is_plane(found, len(L), channels):
            raise PluginError(
                f"{_whose('colorizer', colorizer)} gave no {part} of shape "
                f"({len(L)}, {channels}, h, w) in floating point at {_frames(first, last)}, "
                f"but {_given(found)}",
                hint="colorize returns a vidcolor.types.Coloring",
            )
    if not (coloring.ab.isfinite().all() and coloring.confidence.isfinite().all()):
        raise PluginError(
            f"{_whose('colorizer', colorizer)} gave colors that are no numbers "
            f"at {_frames(first, last)}"
        )
    return Coloring(coloring.ab.detach().to(L), coloring.confidence.detach().to(L))


def check_refined(
    refiner: object, items: Sequence[WorkFrame], refined: Sequence[object], state: object
) -> None:
    """Looks at what a foreign refiner gave for some frames.

    Raises:
        PluginError: it is not ab `(1, 2, h, w)` of the frames' size or of their color grid for each
            of them, or holds what is no number, or the state is no mapping of tensors.
    """
    if not is_foreign(refiner):
        return
    whose = _whose("refiner", refiner)
    frames = _frames(items[0].index, items[-1].index)
    if len(refined) != len(items):
        raise PluginError(
            f"{whose} gave {len(refined)} in the place of {len(items)} ab at {frames}"
        )
    for item, ab in zip(items, refined, strict=True):
        size = (item.L.shape[-2], item.L.shape[-1])
        at = _frames(item.index, item.index)
        if not _is_plane(ab, 1, 2, sizes=(size, color_grid(size))):
            raise PluginError(
                f"{whose} gave no ab of shape {(1, 2, *size)} in floating point at {at}, "
                f"but {_given(ab)}"
            )
        if not cast("Tensor", ab).isfinite().all():
            raise PluginError(f"{whose} gave colors that are no numbers at {at}")
    is_mapping = isinstance(state, Mapping) and all(isinstance(x, Tensor) for x in state.values())
    if state is not None and not is_mapping:
        raise PluginError(f"{whose} gave a state that is no mapping of tensors at {frames}")


def check_flows(flow: object, luma: Tensor, flows: tuple[Tensor, Tensor], first: int) -> None:
    """Looks at what a foreign flow estimator gave for luma `(B, 1, h, w)`, from frame `first` on.

    Raises:
        PluginError: it is not two flows `(B, 2, h, w)`, or they hold what is no number.
    """
    if not is_foreign(flow):
        return
    shape = (len(luma), 2, *luma.shape[2:])
    for found in flows:
        if not isinstance(found, Tensor) or tuple(found.shape) != shape:
            raise PluginError(
                f"{_whose('flow', flow)} gave no flow of shape {shape} "
                f"at {_frames(first, first)}, but {_given(found)}"
            )
        if not found.isfinite().all():
            raise PluginError(
                f"{_whose('flow', flow)} gave motion that is no number at {_frames(first, first)}"
            )


def _is_plane(
    found: object, count: int, channels: int, sizes: Sequence[tuple[int, int]] = ()
) -> bool:
    return (
        isinstance(found, Tensor)
        and found.ndim == 4
        and found.shape[:2] == (count, channels)
        and found.is_floating_point()
        and (not sizes or tuple(found.shape[2:]) in sizes)
    )


def _given(found: object) -> str:
    if not isinstance(found, Tensor):
        return type(found).__name__
    kind = "" if found.is_floating_point() else f" {str(found.dtype).removeprefix('torch.')}"
    return f"{tuple(found.shape)}{kind}"


def _whose(kind: str, system: object) -> str:
    return f"the {kind} {getattr(system, 'name', type(system).__name__)!r}"


def _frames(first: int, last: int) -> str:
    return f"frame {first}" if first == last else f"frames {first} to {last}"
