"""Everything about the output, decided and checked before the first frame is coloured."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer

from ..config import EncodeConfig
from ..errors import ConfigError, MediaError
from ..types import ColorTags, VideoInfo
from .containers import open_input, readable
from .encoders import CONTAINERS, WITHOUT_SITING, Encoding, choose_encoding
from .tracks import Track, choose_tracks

# Tags that describe the source file rather than the film; the muxer writes its own.
_FILE_TAGS = frozenset(
    [
        "encoder",
        "major_brand",
        "minor_version",
        "compatible_brands",
        "duration",
        "number_of_frames",
        "number_of_bytes",
        "bps",
        "rotate",
        "creation_app",
        "vendor_id",
    ]
)
# Tags the MP4 muxer writes in the way players look for; others need a list of keys of their own.
_MP4_TAGS = frozenset(
    [
        "title",
        "artist",
        "album_artist",
        "composer",
        "album",
        "date",
        "comment",
        "genre",
        "copyright",
        "grouping",
        "lyrics",
        "description",
        "synopsis",
        "show",
        "episode_id",
        "network",
        "keywords",
        "episode_sort",
        "season_number",
        "media_type",
        "hd_video",
        "gapless_playback",
        "compilation",
        "track",
        "disc",
        "creation_time",
    ]
)
# libav codes that mean a matrix, the usual one first (of 601, for 525 lines; 625 have the other)
_MATRIX_CODES = {"bt601": (6, 5), "bt709": (1,), "bt2020": (9,)}
_UNSPECIFIED = 2
_BT709 = 1


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """What will be written.

    Attributes:
        output: the finished film.
        container: libav's name of the muxer.
        container_options: options of the muxer.
        encoding: encoder, options, pixel format, depth.
        width, height: coded picture size in pixels, the source's.
        chroma_size: (width, height) of each chroma plane in pixels.
        luma_shift: bits by which luma codes are shifted left on their way into `encoding.pix_fmt`;
            0 but for odd depths.
        tags: how the output's codes are to be read, nothing unspecified: depth is the output's.
        time_base: seconds per tick of the frames' pts.
        rate: frames per second (average), None where unknown.
        sample_aspect_ratio: width/height of one pixel, None where unset.
        display_matrix: 9 integers, None where the source has none.
        field_order: "progressive", "tff" or "bff".
        tracks: the source's other tracks that are kept.
        chapters: whether chapters are kept.
        metadata: tags of the film.
        picture_metadata: tags of the picture track.
        notes: one line for each thing that cannot be kept or that the user should know.
    """

    output: Path
    container: str
    container_options: Mapping[str, str]
    encoding: Encoding
    width: int
    height: int
    chroma_size: tuple[int, int]
    luma_shift: int
    tags: ColorTags
    time_base: Fraction
    rate: Fraction | None
    sample_aspect_ratio: Fraction | None
    display_matrix: tuple[int, ...] | None
    field_order: str
    tracks: tuple[Track, ...]
    chapters: bool
    metadata: Mapping[str, str]
    picture_metadata: Mapping[str, str]
    notes: tuple[str, ...]


def plan_output(
    info: VideoInfo,
    output: Path,
    encode: EncodeConfig,
    *,
    overwrite: bool = False,
    made_by: str | None = None,
) -> OutputPlan:
    """Decides what will be written, or says why it cannot be.

    Args:
        info: the film that is read.
        output: path of the film to write; its ending chooses the container.
        encode: settings of the encoder.
        overwrite: an existing output may be replaced.
        made_by: one line on how the film was made, added to its comment.

    Raises:
        ConfigError: the output is the input, exists, or cannot hold the picture or a sound track.
        MediaError: the folder of the output is missing or cannot be written to.
    """
    suffix = output.suffix.lower()
    container = _container(output)
    _check_place(info.path, output, overwrite)
    encoding = choose_encoding(info, container, encode)
    with open_input(info.path, info.rate) as source:
        tracks, notes = choose_tracks(source, info.stream_index, container, suffix)
        chapters = bool(source.chapters())
        if chapters and container == "mpegts":
            notes.append(f"chapters do not fit {suffix}; use .mkv")
            chapters = False
        metadata = _film_tags(source, made_by)
        options, tag_notes = _container_options(container, suffix, metadata, tracks)
        picture_metadata = kept_tags(source.streams[info.stream_index].metadata)
    if container == "mpegts" and info.display_matrix is not None:
        notes.append(f"the rotation mark does not fit {suffix}; use .mkv or .mp4")
    subsampling = encoding.pix_fmt[3:6]
    return OutputPlan(
        output=output,
        container=container,
        container_options=options,
        encoding=encoding,
        width=info.width,
        height=info.height,
        chroma_size=(
            info.width if subsampling == "444" else -(-info.width // 2),
            -(-info.height // 2) if subsampling == "420" else info.height,
        ),
        luma_shift=encoding.depth - info.tags.depth,
        tags=_output_tags(info, encoding),
        time_base=info.time_base,
        rate=info.rate,
        sample_aspect_ratio=info.sample_aspect_ratio,
        display_matrix=info.display_matrix,
        field_order=info.field_order,
        tracks=tracks,
        chapters=chapters,
        metadata=metadata,
        picture_metadata=picture_metadata,
        notes=(*encoding.notes, *notes, *tag_notes),
    )


def kept_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags of a film or a track without those that only describe the file they came from."""
    return {
        # Matroska shouts its tags, MP4 knows them in lower case only
        key.lower() if key.lower() in _MP4_TAGS else key: value
        for key, value in readable(tags).items()
        if key.lower() not in _FILE_TAGS and not key.upper().startswith("_STATISTICS_")
    }


def _container(output: Path) -> str:
    suffix = output.suffix.lower()
    if suffix not in CONTAINERS:
        raise ConfigError(
            f"cannot write {suffix or 'a file without an ending'}",
            hint=f"endings that work: {' '.join(CONTAINERS)}",
        )
    return CONTAINERS[suffix]


def _check_place(source: Path, output: Path, overwrite: bool) -> None:
    folder = output.absolute().parent
    if not folder.is_dir():
        raise MediaError(f"{folder}: no such folder", hint="make it, or choose another --output")
    if output.is_dir():
        raise ConfigError(f"{output}: is a folder", hint="give the name of a file")
    if output.exists():
        # samefile sees through other spellings, symbolic links and hard links
        if output.samefile(source):
            raise ConfigError(
                f"{output}: the output is the input", hint="choose another name for the output"
            )
        if not overwrite:
            raise ConfigError(f"{output}: exists already", hint="--overwrite replaces it")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MediaError(f"{folder}: no permission to write there")


def _container_options(
    container: str, suffix: str, metadata: Mapping[str, str], tracks: tuple[Track, ...]
) -> tuple[dict[str, str], list[str]]:
    """Options of the muxer. MP4 holds either a cover or tags of any name, not both."""
    unusual = [key for key in metadata if key.lower() not in _MP4_TAGS]
    if container not in ("mp4", "mov") or not unusual:
        return {}, []
    if any(track.kind == "cover" for track in tracks):
        names = ", ".join(unusual)
        return {}, [f"tags do not fit {suffix} beside a cover picture ({names}); use .mkv"]
    return {"movflags": "+use_metadata_tags"}, []


def _film_tags(source: InputContainer, made_by: str | None) -> dict[str, str]:
    tags = kept_tags(source.metadata)
    if made_by is None:
        return tags
    # a film that is coloured a second time does not pile up notes
    lines = [x for x in tags.get("comment", "").splitlines() if " by vidcolor " not in x[:30]]
    return tags | {"comment": "\n".join([*lines, made_by])}


def _output_tags(info: VideoInfo, encoding: Encoding) -> ColorTags:
    """The source's tags, with what was taken for granted where it has none written down."""
    tags = info.tags
    codes = _MATRIX_CODES[tags.matrix]
    if tags.matrix == "bt601" and info.height in (288, 576):
        codes = codes[::-1]
    return replace(
        tags,
        depth=encoding.depth,
        # a code that does not mean `matrix` would not be what the colours were computed with
        colorspace=tags.colorspace if tags.colorspace in codes else codes[0],
        primaries=tags.primaries if tags.primaries not in (0, _UNSPECIFIED) else _BT709,
        transfer=tags.transfer if tags.transfer not in (0, _UNSPECIFIED) else _BT709,
        siting="center" if encoding.codec in WITHOUT_SITING else tags.siting,
    )
