"""Who may ask a studio's server for anything: this machine's own page, and nobody else.

The server has a secret. The address that is printed carries it once and leaves it in a cookie that
other sites' requests do not bring along. Host names are compared, so that a foreign name that
points here (DNS rebinding) is refused, and so is every request that another site's page sends.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from ..files import write_whole

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_HOW = "open the address that `vidcolor studio` has printed"
# Python refuses to read numbers of more than 4,300 digits.
_LONGEST_PATH = 1000


def kept_token(path: Path) -> str:
    """The secret of a film's studio, made where there is none; only its owner can read the file."""
    try:
        token = path.read_text().strip()
        if len(token) >= 32:
            return token
    except OSError:
        pass
    token = secrets.token_urlsafe(32)
    write_whole(path, b"")
    path.chmod(0o600)
    with path.open("w") as file:
        file.write(token)
    return token


class Guard:
    """Refuses requests before anything looks at them.

    Args:
        app: what answers those that may.
        token: the secret.
        host, port: where the server listens.
    """

    def __init__(self, app: App, token: str, host: str, port: int) -> None:
        self._app, self._token, self._port = app, token, port
        self._is_local = host in ("127.0.0.1", "::1", "localhost")
        self._names = {"localhost"}
        if not self._is_local:
            self._names |= {host, socket.gethostname().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        answer = self._refusal(scope) if scope["type"] == "http" else _refused("not here", 403)
        if answer is not None:
            await answer(scope, receive, _with_headers(send))
            return
        await self._app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_our_name(host):
            return _refused(f"this server is not {host!r}", 403)
        site = headers.get("sec-fetch-site", "none")
        if scope["path"] == "/" and scope["method"] == "GET":
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if given and self._is_token(given):
                return self._signed_in()
        elif site not in ("none", "same-origin"):
            return _refused("asked for by another site", 403)
        # browsers send their origin with every request that changes something
        is_reading = scope["method"] in ("GET", "HEAD")
        if not is_reading and headers.get("origin") != f"http://{host}":
            return _refused("asked for by another site", 403)
        cookies = cookie_parser(headers.get("cookie", ""))
        given = headers.get("x-vidcolor-token") or cookies.get(self._cookie, "")
        if not self._is_token(given):
            return _refused(_HOW, 401)
        is_short = len(scope["path"]) <= _LONGEST_PATH
        return None if is_short else _refused("that address is too long", 414)

    @property
    def _cookie(self) -> str:
        # cookies are shared by all ports of a host
        return f"vidcolor-{self._port}"

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())

    def _is_our_name(self, host: str) -> bool:
        name, _, port = host.rpartition(":")
        if port != str(self._port):
            return False
        name = name.strip("[]").lower()
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        # an address cannot be made to point elsewhere
        return address.is_loopback or not self._is_local

    def _signed_in(self) -> Response:
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return answer


def _refused(why: str, status: int) -> Response:
    return PlainTextResponse(why + "\n", status)


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            there = {name for name, _ in message.setdefault("headers", [])}
            message["headers"] = [
                *message["headers"],
                *(
                    (name.encode(), value.encode())
                    for name, value in _HEADERS.items()
                    if name.encode() not in there
                ),
            ]
        await send(message)

    return sending


def inside(folder: Path, path: Path) -> bool:
    """Whether a path lies in a folder, links followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
