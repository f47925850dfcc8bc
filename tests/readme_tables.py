"""The README's tables, made from the code: `python -m tests.readme_tables` renews them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from harness.data import Task, load
from harness.data.sources import BUILT_IN
from harness.judge import RULES, Kind
from harness.report.meanings import MEANINGS
from harness.study import KNOBS, DataSource, Thresholds, written
from harness.study.knobs import Knob

README = Path(__file__).parents[1] / "README.md"
MAKEFILE = README.parent / "Makefile"


def commands() -> str:
    """The targets of the Makefile and what they do."""
    lines = re.findall(r"^([a-z-]+):.*?## (.*)$", MAKEFILE.read_text("utf-8"), re.MULTILINE)
    return _table(("command", "what it does"), (_command(name, does) for name, does in lines))


def _command(name: str, does: str) -> Sequence[str]:
    """The Makefile says what a target takes after a colon; here it stands with the target."""
    what, _, takes = does.partition(": ")
    return (f"`make {name} {takes}`", what) if "=" in takes else (f"`make {name}`", does)


def knobs() -> str:
    """Every knob: the values it takes, its default, its meaning."""
    rows = (
        (f"`{knob.name}`", _values(knob), f"`{written(knob.default)}`", knob.meaning)
        for knob in KNOBS.values()
    )
    return _table(("knob", "values", "default", "meaning"), rows)


def _values(knob: Knob) -> str:
    words = ", ".join(f"`{written(word)}`" for word in knob.choices)
    match knob.kind:
        case "choice" | "weights":
            return words + (", or weights by layer" if knob.kind == "weights" else "")
        case "flag":
            return "`true`, `false`"
        case "train_size":
            return "a share up to 1.0, or a whole number"
    low = f"above {knob.low:g}" if knob.low_open else f"{knob.low:g}"
    number = f"{low} and up" if knob.high == float("inf") and not knob.low_open else low
    number = number if knob.high == float("inf") else f"{low} to {knob.high:g}"
    return f"{number}, {words}" if words else number


def data_sets() -> str:
    """The built-in sets, loaded and looked at."""
    return _table(
        ("source", "features", "predicts", "examples", "options"), map(_data_set, BUILT_IN)
    )


def _data_set(name: str) -> Sequence[str]:
    dataset = load(DataSource(source=name), folder=Path(), seed=0)
    examples = len(dataset.train) + len(dataset.validation) + len(dataset.test)
    what = f"{dataset.classes} classes" if dataset.task is Task.CLASSIFICATION else "a number"
    options = (f"`{option} = {value}`" for option, value in BUILT_IN[name].defaults.items())
    return f"`{name}`", str(dataset.features), what, f"{examples:,}", ", ".join(options)


def verdicts() -> str:
    """The verdicts, in the words that people read."""
    order = [*MEANINGS, *(kind for kind in Kind if kind not in MEANINGS)]
    return _table(("verdict", "meaning"), ((f"**{k.words}**", MEANINGS[k]) for k in order))


def rules() -> str:
    """The judge's rules in their order, with the bounds they read."""
    bounds = vars(Thresholds())
    rows = (
        (rule.name, rule.says, ", ".join(f"`{n} = {bounds[n]}`" for n in rule.thresholds))
        for rule in RULES
    )
    return _table(("asked in this order", "applies where", "bounds"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "knobs": knobs,
    "data sets": data_sets,
    "verdicts": verdicts,
    "rules": rules,
}


def renewed(text: str) -> str:
    """The README with each table, between its two marks, as the code has it now."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: python -m tests.readme_tables -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{table()}\n{end}{after}"
    return text


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |\n" for row in lines)


def main() -> None:
    """Write every table anew."""
    text = README.read_text(encoding="utf-8")
    README.write_text(renewed(text), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
