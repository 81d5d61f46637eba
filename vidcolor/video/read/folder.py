"""A folder of numbered pictures as a film.

The pictures are shown to libav as one QuickTime file, so that times, seeking, ranges and checks
work as with every other film; see `joined`.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import zlib
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from ...config import ImageName
from ...errors import ConfigError, MediaError
from .virtual_mov import JoinedFile

DEFAULT_RATE = Fraction(24)

# Kinds of pictures by their endings: QuickTime's code and libav's decoder.
_KINDS = {
    ".png": (b"png ", "png"),
    ".jpg": (b"jpeg", "mjpeg"),
    ".jpeg": (b"jpeg", "mjpeg"),
    ".tif": (b"tiff", "tiff"),
    ".tiff": (b"tiff", "tiff"),
    ".dpx": (b"dpx ", "dpx"),
    ".exr": (b"exr ", "exr"),
    ".tga": (b"tga ", "targa"),
    ".jp2": (b"mjp2", "jpeg2000"),
}
SUFFIXES = frozenset(_KINDS)
"""Endings of images that can be read."""

_ANIMATED = {".png": b"acTL", ".webp": b"ANIM"}
"""Parts that images of several frames have early in their files, by their endings."""
_HEAD = 4096
_TRAILER = 4096  # bytes that cameras may write behind a JPEG
_DIGITS = re.compile(r"(\d+)")
_PATTERN = re.compile(r"%(?:0(\d+))?d")


def is_animated(path: Path) -> bool:
    """Whether an image file holds several frames."""
    part = _ANIMATED.get(path.suffix.lower())
    try:
        with path.open("rb") as file:
            return part is not None and part in file.read(_HEAD)
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class PictureFolder:
    """The pictures of a folder in the order of their numbers.

    Attributes:
        path: the folder, or the pattern of names in it.
        pictures: the files, at least one, all of one kind.
        notes: what is odd about the folder, one line each.
    """

    path: Path
    pictures: tuple[Path, ...]
    notes: tuple[str, ...]

    def open(self, rate: Fraction) -> InputContainer:
        """The pictures as a film of that many frames a second."""
        code = _KINDS[self.pictures[0].suffix.lower()][0]
        return av.open(JoinedFile(self.pictures, code, self._size(), rate), "r", format="mov")

    @property
    def names(self) -> str:
        """The first and the last name, for messages."""
        return f"{self.pictures[0].name} to {self.pictures[-1].name}"

    def number(self, image: ImageName) -> int:
        """The frame that an image is.

        Raises:
            ConfigError: there is none of that name.
        """
        names = [picture.name for picture in self.pictures]
        if image.name not in names:
            raise ConfigError(
                f"{self.path}: no image {image.name}", hint=f"the images are {self.names}"
            )
        return names.index(image.name)

    def check(self) -> None:
        """Looks for damage before any work is done.

        Raises:
            MediaError: a picture is damaged; the line names it.
        """
        codec = _KINDS[self.pictures[0].suffix.lower()][1]
        for picture in self.pictures:
            is_intact = is_intact_png(picture) if codec == "png" else _is_decodable(picture, codec)
            if not is_intact:
                raise MediaError(
                    f"{picture}: damaged picture",
                    hint="mend it, or remove it: numbers may be missing in a folder",
                )

    def mark(self) -> str:
        """Changes where names, sizes or dates of the pictures do."""
        digest = hashlib.sha256()
        for picture in self.pictures:
            status = picture.stat()
            digest.update(os.fsencode(f"{picture.name}/{status.st_size}/{status.st_mtime_ns}/"))
        return digest.hexdigest()

    def _size(self) -> tuple[int, int]:
        """Width and height of the first picture, by its header alone where that is simple."""
        with self.pictures[0].open("rb") as file:
            head = file.read(24)
        if head[12:16] == b"IHDR":
            width, height = struct.unpack(">2I", head[16:24])
            return width, height
        with av.open("file:" + str(self.pictures[0].absolute())) as picture:
            if not picture.streams.video:
                raise av.error.InvalidDataError(1, "no picture")
            context = picture.streams.video[0].codec_context
            return context.width, context.height


def is_picture_folder(path: Path) -> bool:
    """Whether a path means numbered pictures: a folder, or `folder/%06d.png` that is no file."""
    return path.is_dir() or (bool(_PATTERN.search(path.name)) and not path.exists())


def image_number(path: Path, image: ImageName) -> int:
    """The frame of a film that an image is, see `PictureFolder.number`.

    Raises:
        ConfigError: the film is no folder of images, or has none of that name.
    """
    if not is_picture_folder(path):
        raise ConfigError(
            f"{path}: not a folder of images: {image.name} cannot be found",
            hint="give a frame number from 0 (120) or a time (12.5s, 1:02)",
        )
    return find_pictures(path).number(image)


def find_pictures(path: Path) -> PictureFolder:
    """The pictures that a path means; files of other kinds are left alone.

    Raises:
        MediaError: there are none, or the folder cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    wanted = None if path.is_dir() else _name_pattern(path.name)
    try:
        files = [p for p in folder.iterdir() if not p.name.startswith(".") and p.is_file()]
    except FileNotFoundError as err:
        raise MediaError(f"{path}: no such file", hint="check the name and the folder") from err
    except PermissionError as err:
        raise MediaError(f"{folder}: no permission to read it") from err
    if wanted is not None:
        pictures = [p for p in files if wanted.fullmatch(p.name)]
    else:
        pictures = [p for p in files if p.suffix.lower() in _KINDS and _DIGITS.search(p.stem)]
    kinds = Counter(_KINDS[p.suffix.lower()] for p in pictures if p.suffix.lower() in _KINDS)
    if not kinds:
        hint = f"pictures that can be read: {' '.join(_KINDS)}"
        if path.is_dir():
            hint += "; vidcolor batch colors the films of a folder"
        raise MediaError(
            f"{path}: no numbered pictures there",
            hint=hint,
        )
    kind = kinds.most_common(1)[0][0]
    chosen = sorted((p for p in pictures if _KINDS.get(p.suffix.lower()) == kind), key=_natural)
    if empty := [p for p in chosen if p.stat().st_size == 0]:
        raise MediaError(f"{empty[0]}: damaged picture", hint="the file is empty: remove it")
    notes = _gaps(chosen)
    others = len(files) - len(chosen)
    if others and wanted is None:
        notes.append(f"{others} other file{'s' if others > 1 else ''} in the folder left alone")
    return PictureFolder(path, tuple(chosen), tuple(notes))


def _name_pattern(name: str) -> re.Pattern[str]:
    match = _PATTERN.search(name)
    assert match is not None
    digits = rf"\d{{{match[1]},}}" if match[1] else r"\d+"
    before, after = re.escape(name[: match.start()]), re.escape(name[match.end() :])
    return re.compile(before + digits + after)


def _natural(path: Path) -> tuple[list[str | int], str]:
    """2 comes before 10, with and without zeros in front."""
    parts = _DIGITS.split(path.stem)
    return [int(part) if n % 2 else part for n, part in enumerate(parts)], path.name


def _gaps(pictures: list[Path]) -> list[str]:
    """A note on numbers that are missing, or there twice."""
    numbers = [int(_DIGITS.findall(p.stem)[-1]) for p in pictures]
    notes = []
    missing = [(a, b - a - 1) for a, b in pairwise(numbers) if b - a > 1]
    if missing:
        count = sum(n for _, n in missing)
        notes.append(
            f"{count} number{'s' if count > 1 else ''} missing in the sequence, the first is "
            f"{missing[0][0] + 1}: the film goes on without a gap"
        )
    twice = [b for a, b in pairwise(numbers) if b <= a]
    if twice:
        notes.append(f"the number {twice[0]} is there more than once: names decide the order")
    return notes


def is_intact_png(path: Path) -> bool:
    """All checksums of a PNG are right (much faster than decoding it)."""
    data = path.read_bytes()
    place = 8
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        if end + 4 > len(data):
            return False
        if zlib.crc32(data[place + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            return False
        if kind == b"IEND":
            return True
        place = end + 4
    return False


def _is_decodable(path: Path, codec: str) -> bool:
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    data = path.read_bytes()
    if codec == "mjpeg" and b"\xff\xd9" not in data[-_TRAILER:]:
        return False  # libav fills what is missing with gray
    try:
        pictures = [*decoder.decode(Packet(data)), *decoder.decode(None)]
    except av.error.FFmpegError:
        return False
    return bool(pictures) and not any(picture.is_corrupt for picture in pictures)
