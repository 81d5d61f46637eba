"""Everything about the output, decided and checked before the first frame is colored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer

from ...config import EncodeConfig
from ...errors import ConfigError
from ...geometry import Size
from ...track_choice import TrackChoice
from ...types import ColorTags, VideoInfo
from ..read.containers import open_input, readable
from ..read.film_timecode import KEY as TIMECODE
from ..read.film_timecode import REEL
from ..read.folder import is_animated
from ..read.luma import luma_layout
from ..read.user_data import what_rides_along
from .avi import check_avi
from .encoders import WITHOUT_RANGE, WITHOUT_SITING
from .encoding import Encoding, choose_encoding
from .held_by_container import as_held
from .output_plan import OutputPlan
from .place import IMAGES, PICTURE, PICTURES, Place, choose_place
from .tracks import Track, choose_tracks

__all__ = ["OutputPlan", "kept_tags", "plan_output"]

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
        # of MXF
        "operational_pattern_ul",
        "uid",
        "generation_uid",
        "company_name",
        "product_name",
        "product_version",
        "product_version_num",
        "product_uid",
        "application_platform",
        "toolkit_version_num",
        "material_package_umid",
        "file_package_umid",
        "modification_date",
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
_WITHOUT_CHAPTERS = ("mpegts", "avi", "gif", "mxf", *IMAGES)
_WITHOUT_ROTATION = ("mpegts", "avi", "mxf")
_WITHOUT_HEADER = ("gif", *IMAGES)
_UNSPECIFIED = 2
_BT709 = 1
_GIF_FASTEST = 50  # shorter delays are read as 1/10 s by most programs


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
        output: path of the film to write; its ending chooses the container, see `place`.
        encode: settings of the encoder.
        overwrite: an existing output may be replaced.
        made_by: one line on how the film was made, added to its comment.

    Raises:
        ConfigError: the output is the input, exists, or cannot hold the video or an audio track.
        MediaError: the folder of the output is missing or cannot be written to.
    """
    place = choose_place(info.path, output, overwrite=overwrite)
    container, suffix = place.container, place.label
    encoding = choose_encoding(info, container, encode, place.ending)
    _check_single(info, place)
    with open_input(info.path, info.rate) as source:
        tracks, notes = choose_tracks(
            source, info.stream_index, container, suffix, TrackChoice(encode.tracks)
        )
        chapters = bool(source.chapters())
        if chapters and container in _WITHOUT_CHAPTERS:
            notes.append(f"chapters do not fit {suffix}; use .mkv")
            chapters = False
        metadata = _film_tags(source, made_by) if container not in _WITHOUT_HEADER else {}
        if container == "avi":
            check_avi(info, source, tracks)
            if any(track.language for track in tracks):
                notes.append("languages of tracks do not fit .avi; use .mkv")
                tracks = tuple(replace(track, language=None) for track in tracks)
        options, tag_notes = _container_options(container, suffix, metadata, tracks)
        video_metadata = kept_tags(source.streams[info.stream_index].metadata)
    notes += _riding_notes(info, encoding)
    timecode = _moved_timecode(info)
    metadata, video_metadata = (_without_timecode(tags) for tags in (metadata, video_metadata))
    if timecode is not None:
        video_metadata[TIMECODE] = timecode
        if info.reel is not None:
            video_metadata[REEL] = info.reel  # libav moves it to the track of time codes
        if container in _WITHOUT_HEADER:
            notes.append(f"the time code {timecode} does not fit {suffix}; use .mov or .mkv")
    aspect, matrix = info.sample_aspect_ratio, info.display_matrix
    if container in _WITHOUT_HEADER:
        notes += _image_notes(info, container, suffix)
        aspect = matrix = None
    elif container in _WITHOUT_ROTATION:
        notes += _rotation_notes(info, suffix)
        matrix = None
    subsampling = encoding.pix_fmt[3:6]
    plan = OutputPlan(
        output=place.output,
        container=container,
        container_options=options,
        encoding=encoding,
        width=info.width,
        height=info.height,
        chroma_size=Size(
            info.width if subsampling == "444" else -(-info.width // 2),
            -(-info.height // 2) if subsampling == "420" else info.height,
        ),
        source_tags=info.tags,
        tags=_output_tags(info, encoding),
        time_base=info.time_base,
        rate=info.rate,
        sample_aspect_ratio=aspect,
        display_matrix=matrix,
        field_order=info.field_order,
        tracks=tracks,
        chapters=chapters,
        metadata=metadata,
        video_metadata=video_metadata,
        notes=(*encoding.notes, *notes, *tag_notes),
        timecode=timecode,
        names=place.names,
        ending=place.ending,
    )
    return plan if container in _WITHOUT_HEADER else as_held(plan, suffix)


def _riding_notes(info: VideoInfo, encoding: Encoding) -> list[str]:
    """What becomes of closed captions and the like, which lie in the frames themselves."""
    names = what_rides_along(info.path, info)
    if not names:
        return []
    if encoding.carries_captions:
        return [f"{' and '.join(names)}: kept"]
    return [f"{' and '.join(names)}: {encoding.codec} does not carry them; --codec libx264 does"]


def _moved_timecode(info: VideoInfo) -> str | None:
    """The time code of the first frame that is written."""
    if info.timecode is None:
        return None
    return str(info.timecode.moved(info.first_frame, info.rate or Fraction(25)))


def _without_timecode(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key.lower() != TIMECODE}


def kept_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags of a film or a track without those that only describe the file they came from."""
    return {
        # Matroska shouts its tags, MP4 knows them in lower case only
        key.lower() if key.lower() in _MP4_TAGS else key: value
        for key, value in readable(tags).items()
        if key.lower() not in _FILE_TAGS and not key.upper().startswith("_STATISTICS_")
    }


def _container_options(
    container: str, suffix: str, metadata: Mapping[str, str], tracks: tuple[Track, ...]
) -> tuple[dict[str, str], list[str]]:
    """Options of the muxer. MP4 holds either a cover or tags of any name, not both."""
    if container in ("matroska", "webm", "mxf"):
        # Else the file bears a random number: the same film would never be the same file twice.
        return {"fflags": "+bitexact"}, []
    unusual = [key for key in metadata if key.lower() not in _MP4_TAGS]
    if container not in ("mp4", "mov") or not unusual:
        return {}, []
    if any(track.kind == "cover" for track in tracks):
        names = ", ".join(unusual)
        return {}, [f"tags do not fit {suffix} next to a cover image ({names}); use .mkv"]
    return {"movflags": "+use_metadata_tags"}, []


def _rotation_notes(info: VideoInfo, suffix: str) -> list[str]:
    if info.display_matrix is None:
        return []
    return [f"the rotation does not fit {suffix}; use .mkv or .mp4"]


def _check_single(info: VideoInfo, place: Place) -> None:
    """A single image is what becomes of a single frame."""
    count = info.frame_count
    if count is None and is_animated(info.path):
        count = 2
    if place.container == PICTURE and count not in (None, 1):
        shown = info.frame_count or "several"
        raise ConfigError(
            f"{place.output}: one picture cannot hold {shown} frames",
            hint=f"{place.output.with_suffix('')}/%06d{place.ending} writes numbered pictures, "
            "--start and --end choose a frame",
        )


def _image_notes(info: VideoInfo, container: str, suffix: str) -> list[str]:
    """Notes on what images without a film around them lose."""
    notes = []
    if not luma_layout(info.pix_fmt).from_rgb and container != PICTURE:
        notes.append(f"RGB in {suffix}: luma is rounded, which .mkv does not need")
    if container == PICTURE:
        pass
    elif container == PICTURES:
        rate = float(info.rate or 25)
        notes.append(f"numbered pictures hold no times: they are to be shown at {rate:g} fps")
    elif info.rate and info.rate > _GIF_FASTEST:
        raise ConfigError(
            f".gif holds at most {_GIF_FASTEST} frames a second, the film has {float(info.rate):g}",
            hint="use .mkv",
        )
    else:
        notes.append(".gif rounds times to 1/100 s and has 256 colors a picture; use .mkv")
    if (info.sample_aspect_ratio or 1) != 1:
        notes.append(f"the pixel aspect does not fit {suffix}; use .mkv")
    return notes + _rotation_notes(info, suffix)


def _film_tags(source: InputContainer, made_by: str | None) -> dict[str, str]:
    tags = kept_tags(source.metadata)
    if made_by is None:
        return tags
    # a film that is colored a second time does not pile up notes
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
        full_range=tags.full_range and encoding.codec not in WITHOUT_RANGE,
        # a code that does not mean `matrix` would not be what the colors were computed with
        colorspace=tags.colorspace if tags.colorspace in codes else codes[0],
        primaries=tags.primaries if tags.primaries not in (0, _UNSPECIFIED) else _BT709,
        transfer=tags.transfer if tags.transfer not in (0, _UNSPECIFIED) else _BT709,
        siting="center" if encoding.codec in WITHOUT_SITING else tags.siting,
    )
