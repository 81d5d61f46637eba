"""The server of a studio's page: listens, prints its address, ends on Ctrl-C."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from ..config import RunConfig
from ..errors import ConfigError
from .answers import application
from .security import Guard, kept_token
from .studio import Studio

_TRIES = 20


def serve(
    film: Path,
    output: Path,
    config: RunConfig,
    *,
    host: str,
    port: int,
    ready: Callable[[str], None],
) -> None:
    """Serves a film's page until it is ended.

    Args:
        film, output, config: see `Studio`.
        host: address to listen at.
        port: the first that is tried; of the following ones, the first that is free is taken.
        ready: called with the page's address when it answers.

    Raises:
        ConfigError: nothing can listen there, or another studio has this film open.
        MediaError: the film is not there.
    """
    listening = _listening(host, port)
    studio = Studio(film, output, config)
    try:
        at = listening.getsockname()[1]
        token = kept_token(studio.places.token)
        app = Guard(application(studio), token, host, at)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=2,
            )
        )
        studio.start()
        shown = "127.0.0.1" if host in ("0.0.0.0", "") else host
        name = f"[{shown}]" if ":" in shown else shown
        ready(f"http://{name}:{at}/?token={token}")
        server.run([listening])
    finally:
        listening.close()
        studio.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for tried in range(port, port + (_TRIES if port else 1)):
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, tried))
            found.listen(128)
        except (OSError, OverflowError) as err:
            found.close()
            if getattr(err, "errno", None) == errno.EADDRINUSE:
                continue
            raise ConfigError(f"--host {host} --port {tried}: nothing can listen there") from err
        return found
    raise ConfigError(f"--port {port}: it and the {_TRIES - 1} after it are in use")
