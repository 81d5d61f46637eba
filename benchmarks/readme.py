"""`python -m benchmarks readme`: puts the tables of the results into README.md.

Between `<!-- NAME:begin -->` and `<!-- NAME:end -->` stands what the JSON of that name in
`benchmarks/results/` says, and nothing else; a test keeps it so.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .davis import drift
from .davis import tables as davis_tables
from .guidance import pages as guidance_pages
from .photos import tables as photos_tables
from .speed import tables as speed_tables

_ROOT = Path(__file__).parents[1]
TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "davis": davis_tables.for_readme,
    "guidance": guidance_pages.for_readme,
    "drift": drift.table,
    "photos": photos_tables.for_readme,
    "speed": speed_tables.for_readme,
    "peers": speed_tables.peers_table,
}
_FILES = {"peers": "speed"}
_BLOCK = re.compile(r"<!-- (\w+):begin -->\n(.*?)<!-- \1:end -->", re.S)


def blocks(text: str) -> dict[str, str]:
    """What stands between the markers, by name."""
    return {m.group(1): m.group(2) for m in _BLOCK.finditer(text)}


def fill(text: str, results: Path) -> str:
    """`text` with every block written anew from the JSON files in the folder `results`.

    Raises:
        SystemExit: a block has an unknown name, or its results are not there.
    """

    def written(match: re.Match[str]) -> str:
        name = match.group(1)
        path = results / f"{_FILES.get(name, name)}.json"
        if name not in TABLES or not path.is_file():
            raise SystemExit(f"the block {name!r} cannot be filled: no {path}")
        table = TABLES[name](json.loads(path.read_text()))
        return f"<!-- {name}:begin -->\n{table.rstrip()}\n<!-- {name}:end -->"

    return _BLOCK.sub(written, text)


def main(args: list[str]) -> None:
    """Rewrites README.md."""
    argparse.ArgumentParser(prog="python -m benchmarks readme", description=__doc__).parse_args(
        args
    )
    path = _ROOT / "README.md"
    path.write_text(fill(path.read_text(), _ROOT / "benchmarks" / "results"))
    print(f"{path.name}: {', '.join(blocks(path.read_text()))}")
