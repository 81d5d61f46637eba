"""Templates of the pages that are written for people."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

_NO_TEXT = re.compile("[\ud800-\udfff]")


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
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", page).encode()
