"""A probe as a screenful of plain words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from fractions import Fraction

from ..terminal import count
from ..timecode import as_clock
from .probe import Probe

_WIDTH = 96
_LISTED = 6


def probe_text(probe: Probe) -> str:
    """Lines of `name  what there is to say`, in three parts: file, looks, run."""
    lines = [str(probe.info.path)]
    lines += _rows(_file(probe))
    seen = probe.survey
    where = "every frame"
    if not seen.is_whole:
        where = f"{count(seen.frames, 'frame')} in {count(seen.places, 'place')}"
    lines += ["", f"how it looks ({where} looked at)", *_rows(_looks(probe))]
    lines += ["", f"a run to {probe.outlook.output}", *_rows(_run(probe))]
    return "\n".join(lines)


def _rows(rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    for name, text in rows:
        yield textwrap.fill(
            text,
            _WIDTH,
            initial_indent=f"  {name:<11}",
            subsequent_indent=" " * 13,
            break_on_hyphens=False,
        )


def _file(probe: Probe) -> Iterator[tuple[str, str]]:
    info, contents = probe.info, probe.contents
    length = "length unknown" if contents.seconds is None else _clock(contents.seconds)
    yield "file", f"{contents.container}, {_size(contents.size)}, {length}"
    if contents.ends_early:
        yield "", "the file ends before its own index says: frames are missing"
    shape = f"{info.codec}, {info.width}x{info.height}"
    if info.sample_aspect_ratio not in (None, 1):
        shape += (
            f", pixels {info.sample_aspect_ratio.numerator}:{info.sample_aspect_ratio.denominator}"
        )
    if info.rotation:
        shape += f", to be turned by {info.rotation} degrees"
    yield "picture", f"{shape}, {_rate(probe)}, {_frames(probe)}"
    span = "full" if info.tags.full_range else "limited"
    yield "", f"{info.pix_fmt}, {info.tags.depth} bits, {span} range, {info.tags.matrix}"
    for track in contents.tracks:
        language = None if track.language == "und" else track.language
        parts = [track.codec, language, track.layout, track.title]
        yield track.kind, ", ".join(dict.fromkeys(part for part in parts if part))
    if contents.chapters:
        yield "chapters", str(contents.chapters)


def _looks(probe: Probe) -> Iterator[tuple[str, str]]:
    seen = probe.survey
    yield "color", _color(probe)
    yield "fields", _fields(probe)
    yield "cadence", _cadence(probe)
    shots = probe.shots
    if shots is None:
        yield "shots", "unknown"
    elif probe.analysis is not None:
        yield "shots", str(shots)
    else:
        yield "shots", f"about {shots} (estimate: {seen.cuts} cuts in {seen.judged} frames)"
    if any(seen.borders):
        names = zip(("top", "bottom", "left", "right"), seen.borders, strict=True)
        yield "borders", "black: " + ", ".join(f"{name} {n}" for name, n in names if n)


def _color(probe: Probe) -> str:
    seen = probe.survey
    counts = seen.verdicts
    total = counts["gray"] + counts["tinted"] + counts["colored"]
    if not total:
        return "nothing to be seen but black, white or flat pictures"
    words = []
    if counts["gray"]:
        words.append(f"black-and-white ({_share(counts['gray'], total)})")
    if counts["tinted"]:
        share = _share(counts["tinted"], total)
        words.append(f"tinted, mostly {seen.tint} ({share}; counts as black-and-white)")
    if seen.color:
        about = "" if seen.is_whole else "about "
        times = ", ".join(f"{about}{_clock(a)}-{_clock(b)}" for a, b in seen.color[:_LISTED])
        more = len(seen.color) - _LISTED
        times += f" and {more} more" if more > 0 else ""
        words.append(f"already in color: {times} (--keep-color leaves it alone)")
    for start, end, part in seen.painted[:_LISTED]:
        words.append(
            f"colored regions at {_clock(start)}-{_clock(end)}, up to {_percent(part)} of the "
            "image (painted by hand, stenciled, or a sign; --keep-color keeps them)"
        )
    return "; ".join(words) or "black-and-white, with a trace of color"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.1 else f"{round(100 * share)} %"


def _fields(probe: Probe) -> str:
    seen, rhythm = probe.survey, probe.survey.rhythm
    marked = probe.info.field_order
    is_marked = marked != "progressive" or seen.marked > 0.5
    if rhythm.pulldown:
        return "combed by 3:2 pulldown, see cadence"
    combed = f"combing in {round(100 * rhythm.combed)} % of moving frames"
    if rhythm.order != "progressive":
        says = f"marked {marked}" if is_marked else "not marked as such"
        wrong = ", WRONGLY it seems" if is_marked and marked != rhythm.order else ""
        return (
            f"interlaced ({rhythm.order} measured, {combed}; {says}{wrong}); consider --deinterlace"
        )
    if is_marked:
        return f"marked interlaced ({marked}), but no combing seen"
    return "progressive" if rhythm.judged else "nothing moves: not to be told"


def _cadence(probe: Probe) -> str:
    rhythm, rate = probe.survey.rhythm, probe.info.rate
    if rhythm.pulldown:
        film = f" ({_number(rhythm.film_rate(rate))} pictures a second)" if rate else ""
        return (
            f"3:2 pulldown{film}: every frame is colored and kept; --deinterlace takes the combs "
            "out, not the repeats"
        )
    if rhythm.period is not None and rate:
        repeats = "repeats" if rhythm.repeats == 1 else "repeat"
        return (
            f"{count(rhythm.repeats, 'frame')} in {rhythm.period} {repeats} the one before: "
            f"{_number(rhythm.film_rate(rate))} pictures a second shown at {_number(rate)}"
        )
    if rhythm.repeated is None:
        return "nothing moves: not to be told"
    if rhythm.repeated > 0.02:
        film = (
            f": about {float(rate) * (1 - rhythm.repeated):.0f} pictures a second" if rate else ""
        )
        return (
            f"{round(100 * rhythm.repeated)} % of frames repeat the one before, irregularly{film}"
        )
    return "every frame is a new picture"


def _run(probe: Probe) -> Iterator[tuple[str, str]]:
    outlook = probe.outlook
    if outlook.refused:
        yield "REFUSED", outlook.refused
    yield "writes", f"{outlook.container}, {outlook.codec}, {outlook.pix_fmt}"
    if probe.contents.tracks:
        yield "keeps", ", ".join(outlook.tracks) or "none of the other tracks"
    width, height = outlook.working_size
    flow = f", flow {outlook.flow}" if outlook.flow else ""
    yield (
        "works at",
        f"{width}x{height}: model {outlook.model}, refiner {outlook.refiner}{flow}"
        + (f", on {outlook.device}" if outlook.device else ""),
    )
    for note in outlook.notes:
        yield "note", note
    if outlook.speed is None:
        yield "time", "not measured"
    else:
        rate = 1 / outlook.speed.seconds_per_frame
        total = "" if outlook.seconds is None else f"about {_duration(outlook.seconds)} here: "
        yield (
            "time",
            f"{total}{rate:.1f} frames a second, measured on {outlook.speed.frames} frames",
        )


def _rate(probe: Probe) -> str:
    rate, constant = probe.info.rate, probe.survey.constant_rate
    if rate is None:
        return "rate unknown"
    if constant is None:
        return f"{_number(rate)} fps, without timestamps"
    return f"{_number(rate)} fps" if constant else f"variable rate, {_number(rate)} fps on average"


def _frames(probe: Probe) -> str:
    if probe.survey.is_whole:
        return count(probe.survey.frames, "frame")
    said = probe.info.frame_count
    return "number of frames unknown" if said is None else f"{count(said, 'frame')} by the header"


def _share(part: int, total: int) -> str:
    return f"{max(1, round(100 * part / total))} %"


def _number(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _clock(seconds: float) -> str:
    return as_clock(Fraction(seconds))


def _size(size: int) -> str:
    value, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if value >= 100 or unit == "bytes" else f"{value:.1f} {unit}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min"
