"""Templates of the pages that are written for people."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates(package: str) -> Environment:
    """The templates of a package: what they show is escaped, a name they lack is an error."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_bytes(page: str) -> bytes:
    """A page as UTF-8, with question marks in file names that are none."""
    return page.encode("utf-8", "surrogateescape").decode("utf-8", "replace").encode()
