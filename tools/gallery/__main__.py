"""Draw the pictures: ``python -m tools.gallery`` (about five minutes), or only some: ``... families limit``."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.gallery.answer import answer
from tools.gallery.families import families
from tools.gallery.measured import fresh, learning_curve, limit, reliability
from tools.gallery.page import page
from tools.gallery.real_data import real_data
from tools.gallery.stream import stream
from tools.gallery.waves import waves

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PICTURES: Mapping[str, Callable[[Path], None]] = {
    "answer": answer,
    "stream": stream,
    "families": families,
    "real-data": real_data,
    "limit": limit,
    "reliability": reliability,
    "learning-curve": learning_curve,
    "waves": waves,
    "fresh": fresh,
    "page": page,
}


def _main(names: list[str]) -> None:
    unknown = sorted(set(names) - set(PICTURES))
    if unknown:
        sys.exit(f"no such picture: {', '.join(unknown)}; there are {', '.join(PICTURES)}")
    for name in names or PICTURES:
        PICTURES[name](IMAGES)
        print(f"{name} drawn")


if __name__ == "__main__":
    _main(sys.argv[1:])
