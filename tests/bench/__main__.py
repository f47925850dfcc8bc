"""`make bench`: how fast, against others, in turns.

    python -m tests.bench                 both parts, under an hour
    python -m tests.bench engine [--quick] [--turns 3]
    python -m tests.bench study [--settings 8] [--seeds 5] [--epochs 60] [--turns 3]

Prints, and keeps everything in `reports/bench.json`; the engine is drawn in
`reports/bench.png`. JAX takes part where it is installed: `pip install .[bench]`.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from tests.bench.engine import bench_engine
from tests.bench.plot import draw
from tests.bench.study import bench_study

KEPT = Path("reports/bench.json")


def main() -> None:
    """Measure what was asked for, print it, keep it beside what was kept before."""
    words = argparse.ArgumentParser(prog="python -m tests.bench")
    words.add_argument("part", nargs="?", choices=("engine", "study", "both"), default="both")
    words.add_argument("--quick", action="store_true")
    for name, default in (("settings", 8), ("seeds", 5), ("epochs", 60), ("turns", 3)):
        words.add_argument(f"--{name}", type=int, default=default)
    asked = words.parse_args()
    kept: dict[str, Any] = {}
    if KEPT.exists():
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
    KEPT.parent.mkdir(exist_ok=True)
    if asked.part in ("study", "both"):
        kept["study"] = bench_study(asked)
        _keep(kept)
    if asked.part in ("engine", "both"):
        part = "engine_quick" if asked.quick else "engine"
        for kept[part] in bench_engine(quick=asked.quick, turns=asked.turns):
            _keep(kept)
        draw(kept[part], KEPT.with_name(f"bench{'-quick' if asked.quick else ''}.png"))


def _keep(kept: dict[str, Any]) -> None:
    KEPT.write_text(json.dumps(kept, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
