"""Where the output goes: its name chooses the container, and nothing is overwritten unasked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import ConfigError, MediaError
from ...files import NAME_BYTES, can_hold_files
from ...purposes import Purpose
from ..read.containers import film_depth
from ..read.folder import SUFFIXES, find_pictures, is_animated, is_picture_folder

CONTAINERS: Mapping[str, str] = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".ts": "mpegts",
    ".mts": "mpegts",
    ".m2ts": "mpegts",
    ".avi": "avi",
    ".mxf": "mxf",
    ".gif": "gif",
}
"""Endings of outputs and libav's muxers for them."""

INSTEAD: Mapping[str, str] = {".avi": ".mkv"}
"""Endings that outputs get only where they are asked for: libav loses the times of much sound
from one AVI to another, and AVI has no times for frames that were dropped."""

PICTURES = "pictures"
"""Stands for a folder of numbered images where otherwise a muxer is named."""

PICTURE = "picture"
"""Stands for a single image."""

IMAGES = (PICTURES, PICTURE)

PICTURE_CODECS: Mapping[str, str] = {
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".dpx": "dpx",
    ".jpg": "mjpeg",
    ".jpeg": "mjpeg",
}
"""Endings of images and libav's encoders for them."""

_PATTERN = re.compile(r"%(?:0\d+)?d")
_KEPT_KINDS = (".png", ".tif", ".tiff", ".dpx")
"""Kinds of images in which a folder is written again; others become PNG."""
_WEBM_DEPTH = 8  # VP9 of more bits is lacking in most builds of libav
_SEPARATORS = ("/", "\\") if os.name == "nt" else ("/",)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a film is written.

    Attributes:
        output: the file, or the folder of pictures.
        container: libav's name of the muxer, or `PICTURES`.
        names: pattern of the names of pictures; None for a file, and where they are the source's.
        label: what messages call the container.
        ending: of the names of images, "" where the output is no image.
    """

    output: Path
    container: str
    names: str | None
    label: str
    ending: str = ""


def default_output(source: Path, purpose: Purpose | None = None) -> Path:
    """Beside the input and of its kind or its purpose's; .mkv where that cannot be written."""
    if purpose is not None:
        return source.absolute().with_name(f"{source.absolute().stem}.color{purpose.ending}")
    if is_picture_folder(source):
        folder = source.absolute() if source.is_dir() else source.absolute().parent
        return folder.with_name(f"{folder.name}-color")
    suffix = source.suffix.lower()
    if is_picture(source):
        suffix = source.suffix if suffix in PICTURE_CODECS else ".png"
    elif suffix in INSTEAD:
        suffix = INSTEAD[suffix]
    elif suffix not in CONTAINERS or (suffix == ".webm" and film_depth(source) > _WEBM_DEPTH):
        suffix = ".mkv"
    else:
        suffix = source.suffix
    return source.with_name(f"{source.stem}.color{suffix}")


def chosen_output(source: Path, text: str | None, purpose: Purpose | None = None) -> Path:
    """The output that a user means.

    Args:
        source: the film.
        text: what the user wrote, None = nothing. A folder, there already or with a slash behind
            its name, is where the film goes under its usual name; the images of a folder of images
            go right into it.
        purpose: what the film is for, which chooses the container that is not named.

    Raises:
        ConfigError: a film cannot be written there.
    """
    usual = default_output(source, purpose)
    if text is None:
        return usual
    if text.strip() in ("-", ""):
        raise ConfigError(
            f"{text!r}: a film is not written to standard output",
            hint=f"give a name, such as -o {usual.name}",
        )
    output = Path(text)
    is_folder = output.is_dir() or text.endswith(_SEPARATORS)
    if is_folder and (purpose is not None or not is_picture_folder(source)):
        return output / usual.name
    return output


def check_means_folder(folder: Path) -> None:
    """Refuses the name of a file where a folder is to be given, before one of that name is made.

    Raises:
        ConfigError: a file has that name, or a film or an image would.
    """
    if folder.is_dir():
        return
    is_file_name = folder.suffix.lower() in (*CONTAINERS, *PICTURE_CODECS)
    if folder.exists() or is_file_name:
        raise ConfigError(
            f"{folder}: --output is a folder here, not a file",
            hint=f"give its name, such as -o {folder.parent or '.'}",
        )


def check_can_write(folder: Path) -> None:
    """Refuses a folder that files cannot be made in, whether it is there already or not.

    Raises:
        MediaError: there is no permission.
    """
    if not can_hold_files(folder):
        raise MediaError(f"{folder}: no permission to write there", hint="choose another --output")


def finished_path(output: Path) -> Path:
    """The file or the folder that a run leaves behind which the user wants in `output`."""
    return output.parent if _is_pattern(output) else output


def is_picture(source: Path) -> bool:
    """Whether a film is a single image, by its name."""
    is_image = source.suffix.lower() in SUFFIXES and not is_animated(source)
    return is_image and not is_picture_folder(source)


def _is_pattern(output: Path) -> bool:
    return output.suffix.lower() in PICTURE_CODECS and bool(_PATTERN.search(output.name))


def choose_place(source: Path, output: Path, *, overwrite: bool) -> Place:
    """Where a film is written that the user calls `output`.

    Raises:
        ConfigError: an unknown ending, the input itself, or something that is there already.
        MediaError: the folder is missing or cannot be written to.
    """
    place = _place(source, output)
    _check_folder(place.output)
    if place.output.exists():
        if _is_input(source, place.output):
            raise ConfigError(
                f"{output}: the output is the input", hint="choose another name for the output"
            )
        _check_existing(place, overwrite)
    elif place.output.is_symlink() and not overwrite:
        # such as one to a disk that is not there at the moment
        raise ConfigError(
            f"{place.output}: is a link to {place.output.readlink()}, which is not there",
            hint="--overwrite replaces the link",
        )
    return place


def _place(source: Path, output: Path) -> Place:
    suffix = output.suffix.lower()
    if suffix in CONTAINERS:
        return Place(output, CONTAINERS[suffix], None, suffix)
    if _is_pattern(output):
        return Place(output.parent, PICTURES, output.name, "numbered pictures", suffix)
    if suffix in PICTURE_CODECS:
        return Place(output, PICTURE, None, "a picture", suffix)
    if is_picture_folder(source) and (suffix == "" or output.is_dir()):
        # names and numbers stay the source's
        kind = find_pictures(source).pictures[0].suffix.lower()
        ending = kind if kind in _KEPT_KINDS else ".png"
        return Place(output, PICTURES, None, "numbered pictures", ending)
    if suffix == "":
        raise ConfigError(
            f"{output}: the name has no ending that says what to write",
            hint=f"{output}.mkv or {output}.mp4 for a film, {output}/%06d.png for pictures",
        )
    if suffix == ".exr":
        raise ConfigError(
            "cannot write .exr: colors are made for the screen, not for linear light",
            hint="folder/%06d.dpx and folder/%06d.tif hold 16 bits",
        )
    raise ConfigError(
        f"cannot write {suffix}",
        hint=f"endings that work: {' '.join(CONTAINERS)}; pictures: folder/%06d.png, also "
        + " ".join(PICTURE_CODECS),
    )


def _check_folder(output: Path) -> None:
    folder = output.absolute().parent
    if len(os.fsencode(output.name)) > NAME_BYTES:
        raise ConfigError(
            f"{output}: the name is too long", hint="give a shorter one, such as --output film.mkv"
        )
    if folder.exists() and not folder.is_dir():
        raise MediaError(f"{folder}: is a file", hint="choose another --output")
    if not folder.is_dir():
        raise MediaError(f"{folder}: no such folder", hint="make it, or choose another --output")
    check_can_write(folder)


def _is_input(source: Path, output: Path) -> bool:
    if is_picture_folder(source) and not source.is_dir():
        source = source.parent
    # samefile sees through other spellings, symbolic links and hard links
    return output.samefile(source)


def _check_existing(place: Place, overwrite: bool) -> None:
    if place.container != PICTURES:
        if place.output.is_dir():
            raise ConfigError(f"{place.output}: is a folder", hint="give the name of a file")
        if not overwrite:
            raise ConfigError(f"{place.output}: exists already", hint="--overwrite replaces it")
        return
    if not place.output.is_dir():
        raise ConfigError(
            f"{place.output}: is a file, not a folder of pictures",
            hint=f"endings of films: {' '.join(CONTAINERS)}",
        )
    before, after = _PATTERN.split(place.names) if place.names else ("", place.ending)
    ours = re.compile((re.escape(before) if before else r".*") + r"\d+" + re.escape(after), re.I)
    names = [path.name for path in place.output.iterdir()]
    if foreign := [name for name in names if not ours.fullmatch(name)]:
        raise ConfigError(
            f"{place.output}: other files are there ({foreign[0]})",
            hint="give the name of a new or an empty folder",
        )
    if names and not overwrite:
        raise ConfigError(
            f"{place.output}: pictures are there already", hint="--overwrite replaces them"
        )
