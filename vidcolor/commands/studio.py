"""The command `vidcolor studio`."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from ..config import RunConfig
from ..errors import ConfigError
from ..options import Deinterlace, Device, Fps, Identity, KeepColor, Model, Source, Strength, Work
from ..terminal import end_now, say

_DEFAULTS = RunConfig()


def studio(
    source: Source,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Film that is rendered (default: INPUT.color)."),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen at; others than this let other machines in, not encrypted."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(help="Port to listen at, or the next free one; 0 = any.", min=0, max=65535),
    ] = 7117,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
    model: Model = _DEFAULTS.model,
    work_size: Work = _DEFAULTS.work_size,
    strength: Strength = _DEFAULTS.strength,
    identity: Identity = _DEFAULTS.identity,
    deinterlace: Deinterlace = False,
    keep_color: KeepColor = False,
    fps: Fps = None,
    device: Device = _DEFAULTS.device,
) -> None:
    """Opens a page in the browser where you color a film together with the machine.

    What you do there is written to INPUT.colors.json and INPUT.shots.json at once; `run` uses the
    same files. Rendering goes on when the page and this command are closed.
    """
    config = RunConfig(
        model=model,
        work_size=work_size,
        strength=strength,
        identity=identity,
        deinterlace=deinterlace,
        keep_color=keep_color,
        fps=fps,
        device=device,
    )
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as err:
        raise ConfigError(
            "the studio needs two more packages", hint='pip install "vidcolor[studio]"'
        ) from err
    from ..studio.server import serve
    from ..video.plan.place import chosen_output

    def ready(address: str) -> None:
        say(f"the studio is at {address}")
        say("Ctrl-C ends it; what is being rendered goes on")
        if browser:
            import webbrowser

            webbrowser.open(address)

    try:
        serve(source, chosen_output(source, output), config, host=host, port=port, ready=ready)
    except KeyboardInterrupt:
        # Threads that color or analyze are not waited for, and C++ code that is at work while the
        # interpreter ends would abort the process.
        end_now(128 + signal.SIGINT)
