"""The server's answers: requests in, calls of the studio, JSON and images out."""

from __future__ import annotations

import json
import mimetypes
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ..errors import VidcolorError
from .changes import FILES
from .project import ConflictError, State
from .security import inside
from .studio import NotReadyError, Studio
from .uploads import MOST_BYTES, kept_image

_MOST_JSON = 1 << 20
# Each takes memory of its own while networks run.
_THREADS = 4
# Asked for by every open page all the time, which is no sign of a person.
_ROUTINE = ("/api/pulse", "/api/state", "/api/queue")
_KEEP = {"cache-control": "private, max-age=31536000, immutable"}
# A report is a page of its own with scripts in it; what runs there reaches nothing here.
_REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:"
)
_PAGE = {
    path.name: path.read_bytes()
    for path in files("vidcolor.studio").joinpath("page").iterdir()
    if path.is_file() and path.name.rpartition(".")[2] in ("html", "js", "css", "svg")
}
_TYPES = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}

Answer = Callable[[Studio, Request, Any], Response]


class _TooLargeError(Exception):
    pass


def application(studio: Studio) -> Starlette:
    """The routes of a studio; who may ask is `security.Guard`'s business."""

    limiter = CapacityLimiter(_THREADS)

    def route(path: str, answer: Answer, method: str = "GET", most: int = _MOST_JSON) -> Route:
        async def endpoint(request: Request) -> Response:
            if path not in _ROUTINE:
                studio.last_request = time.monotonic()
            try:
                body = await _body(request, most) if method == "POST" else b""
            except _TooLargeError:
                return _problem(f"more than {most >> 20} MB", 413)
            return await run_sync(_guarded, answer, studio, request, body, limiter=limiter)

        return Route(path, endpoint, methods=[method])

    return Starlette(
        routes=[
            route("/", lambda s, r, b: _page("index.html")),
            route("/page/{name}", lambda s, r, b: _page(r.path_params["name"])),
            route("/api/pulse", lambda s, r, b: JSONResponse(s.pulse())),
            route("/api/state", lambda s, r, b: JSONResponse(s.view())),
            route("/api/image/{kind}/{frame:int}", _image),
            route("/api/previous/{frame:int}", _previous),
            route("/api/place/{frame:int}", _place),
            route("/api/same/{frame:int}", _same),
            route("/api/questions", lambda s, r, b: JSONResponse({"questions": s.questions()})),
            route("/api/play/{shot:int}", _play),
            route("/api/play/{shot:int}/{frame:int}", _played),
            route("/api/queue", lambda s, r, b: JSONResponse(_queue(s))),
            route("/api/rendered/{shot:int}", _rendered),
            route("/api/reference/{index:int}", _reference),
            route("/report", _report),
            route("/api/change", _change, "POST"),
            route("/api/undo", _undo, "POST"),
            route("/api/redo", _redo, "POST"),
            route("/api/cut", _cut, "POST"),
            route("/api/render", _render, "POST"),
            route("/api/queue", _command, "POST"),
            route("/api/reference", _drop, "POST", MOST_BYTES),
        ]
    )


async def _body(request: Request, most: int) -> bytes:
    """What is sent, read only as far as it may go."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > most:
            raise _TooLargeError
    return bytes(found)


def _guarded(answer: Answer, studio: Studio, request: Request, body: bytes) -> Response:
    """An answer, or in the place of an error a line about it."""
    try:
        return answer(studio, request, body)
    except ConflictError:
        return _problem(
            "the colors were changed elsewhere meanwhile; this change was not made", 409
        )
    except NotReadyError:
        return _problem("the film is still being opened", 503)
    except (ValueError, IndexError, RecursionError) as err:
        return _problem(str(err), 400)
    except VidcolorError as err:
        return _problem("; ".join(err.lines), 410 if not studio.places.film.exists() else 500)
    except OSError as err:
        return _problem(f"not written: {err.strerror}", 507)


def _problem(text: str, status: int) -> Response:
    return JSONResponse({"problem": text}, status)


def _page(name: str) -> Response:
    if name not in _PAGE:
        return _problem("no such page", 404)
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(_PAGE[name], media_type=kind, headers={"cache-control": "no-cache"})


def _frame(request: Request, state: State) -> int:
    frame = int(request.path_params["frame"])
    if not state.analysis.first_frame <= frame < state.analysis.end:
        raise ValueError(f"there is no frame {frame}")
    return frame


def _image(studio: Studio, request: Request, body: bytes) -> Response:
    kind = request.path_params["kind"]
    if kind not in ("before", "after", "unsure", "thumb"):
        raise ValueError(f"no such image: {kind}")
    state = studio.project.state()
    frame = _frame(request, state)
    # asked for only where the page knows that the shot was played
    is_played = bool(request.query_params.get("played"))
    data, is_whole, was_played = studio.image(state, frame, kind, is_played=is_played)
    media = "image/png" if kind == "unsure" else "image/jpeg"
    # the page names in its address what was said of the shot, so what it gets may be kept
    headers = {} if is_whole else {"x-partial": "1"}
    if is_whole and request.query_params.get("v") and is_played == was_played:
        headers = _KEEP
    return Response(data, media_type=media, headers=headers)


def _previous(studio: Studio, request: Request, body: bytes) -> Response:
    state = studio.project.before()
    data, _ = studio.thinking.image(state, _frame(request, state), "after")
    return Response(data, media_type="image/jpeg")


def _xy(request: Request) -> tuple[float, float]:
    x, y = (float(request.query_params.get(name, "nan")) for name in "xy")
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError("x and y lie between 0 and 1")
    return x, y


def _same(studio: Studio, request: Request, body: bytes) -> Response:
    state = studio.project.state()
    found = studio.thinking.asking.same(state, _frame(request, state), *_xy(request))
    return JSONResponse({"shots": found})


def _place(studio: Studio, request: Request, body: bytes) -> Response:
    x, y = _xy(request)
    state = studio.project.state()
    return JSONResponse(studio.thinking.place(state, _frame(request, state), x, y))


def _play(studio: Studio, request: Request, body: bytes) -> Response:
    state, shot = _shot(studio, request)
    played = studio.playing.shot(state, shot)
    return JSONResponse(
        {
            "start": played.start,
            "total": played.total,
            "looked": played.looked,
            "there": played.there,
            "final": len(played.frames),
            "problem": played.problem,
        }
    )


def _played(studio: Studio, request: Request, body: bytes) -> Response:
    state, shot = _shot(studio, request)
    played = studio.playing.shot(state, shot)
    found = played.image(int(request.path_params["frame"]) - played.start)
    if found is None:
        raise ValueError("that frame is not there yet")
    data, is_final = found
    headers = {} if is_final else {"x-partial": "1"}
    if is_final and request.query_params.get("v"):
        headers = _KEEP
    return Response(data, media_type="image/jpeg", headers=headers)


def _shot(studio: Studio, request: Request) -> tuple[State, int]:
    state, shot = studio.project.state(), int(request.path_params["shot"])
    if not 0 <= shot < len(state.analysis.shots):
        raise ValueError(f"there is no shot {shot}")
    return state, shot


def _queue(studio: Studio) -> dict[str, Any]:
    view = studio.queue.view()
    for job in view["jobs"]:
        # where files lie is nobody's business
        for name in ("film", "analysis", "config"):
            job.pop(name, None)
        job["output"] = Path(job["output"]).name
        if report := job["state"].get("report"):
            job["state"]["report"] = Path(report).name
    return view | {"report": studio.report.is_file()}


def _rendered(studio: Studio, request: Request, body: bytes) -> Response:
    path = studio.rendered_shot(int(request.path_params["shot"]))
    if not path.is_file():
        return _problem("this shot was not rendered", 404)
    return FileResponse(path, media_type="video/mp4")


def _reference(studio: Studio, request: Request, body: bytes) -> Response:
    entries = studio.project.state().values.get("references", [])
    folder = studio.places.colors.parent
    path = folder / entries[int(request.path_params["index"])]["image"]
    if not inside(folder, path) or not path.is_file():
        return _problem("no such photograph", 404)
    media = mimetypes.guess_type(path.name)[0]
    if media not in ("image/png", "image/jpeg", "image/webp"):
        return _problem("no photograph that a page can show", 404)
    return FileResponse(path, media_type=media)


def _report(studio: Studio, request: Request, body: bytes) -> Response:
    if not studio.report.is_file():
        return _problem("there is no report yet", 404)
    return FileResponse(
        studio.report,
        media_type="text/html",
        headers={"content-security-policy": _REPORT_POLICY},
    )


def _values(body: bytes) -> dict[str, Any]:
    values = json.loads(body)
    if not isinstance(values, dict):
        raise ValueError("not an object")
    return values


def _change(studio: Studio, request: Request, body: bytes) -> Response:
    values = _values(body)
    change = values.get("change")
    if not isinstance(change, dict):
        raise ValueError("change: not an object")
    if change.get("kind") in FILES and change.get("do") not in ("remove", "scope"):
        # paths come from uploads and the file alone
        raise ValueError("a page chooses no files")
    studio.project.change(str(values.get("base")), change)
    return JSONResponse(studio.view())


def _undo(studio: Studio, request: Request, body: bytes) -> Response:
    studio.project.undo(str(_values(body).get("base")))
    return JSONResponse(studio.view())


def _redo(studio: Studio, request: Request, body: bytes) -> Response:
    studio.project.redo(str(_values(body).get("base")))
    return JSONResponse(studio.view())


def _cut(studio: Studio, request: Request, body: bytes) -> Response:
    values = _values(body)
    edit = values.get("edit")
    if not isinstance(edit, dict):
        raise ValueError("edit: not an object")
    studio.project.cut(str(values.get("base")), edit)
    return JSONResponse(studio.view())


def _drop(studio: Studio, request: Request, body: bytes) -> Response:
    base, shot = request.query_params.get("base", ""), request.query_params.get("shot", "")
    state = studio.project.state()
    if not shot.isdigit() or int(shot) >= len(state.analysis.shots):
        raise ValueError(f"there is no shot {shot!r}")
    if base != state.version:
        raise ConflictError
    name = request.query_params.get("name", "image")
    path = kept_image(body, name, studio.places.references)
    image = path.relative_to(studio.places.colors.parent).as_posix()
    # by a frame of it, so that it stays with its shot where cuts are edited
    frame = state.analysis.shots[int(shot)].start
    entry = {"image": image, "frame": frame, "note": name[:200]}
    studio.project.change(base, {"do": "add", "kind": "references", "entry": entry})
    return JSONResponse(studio.view())


def _render(studio: Studio, request: Request, body: bytes) -> Response:
    values = _values(body)
    number = studio.render(
        values.get("kind"),
        values.get("shot"),
        values.get("overwrite") is True,
        values.get("report") is True,
    )
    return JSONResponse({"number": number, **_queue(studio)})


def _command(studio: Studio, request: Request, body: bytes) -> Response:
    values = _values(body)
    if values.get("do") == "stop" and type(values.get("number")) is int:
        studio.queue.stop(values["number"])
    elif values.get("do") in ("pause", "resume"):
        studio.queue.pause(values["do"] == "pause")
    else:
        raise ValueError("neither stop, pause nor resume")
    return JSONResponse(_queue(studio))
