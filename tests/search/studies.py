"""Studies with a search, for the tests of this room."""

from hypothesis import strategies as st

from harness.study import Choice, DataSource, KnobSpec, Range, Search, Study, Training

SAMPLERS = ("tpe", "random", "grid", "qmc", "gp")
MIXED: dict[str, KnobSpec] = {
    "momentum": Range(low=0.5, high=0.99, steps=3),
    "dropout": Range(low=0.0, high=0.6, steps=2),
    "layers": Range(low=0, high=2, integer=True, steps=3),
    "optimizer": Choice(values=("sgd", "nesterov", "adam")),
    "learning_rate": Range(low=1e-4, high=1e-1, scale="log", steps=4),
}


def searching(
    sampler: str,
    knobs: dict[str, KnobSpec] = MIXED,
    *,
    trials: int | None = 12,
    batch: int = 2,
    seed: int = 0,
    direction: str = "minimize",
) -> Study:
    """A study that searches `knobs`; its data are never read here."""
    return Study(
        name="searching",
        question="Which settings come next?",
        data=DataSource(source="digits"),
        training=Training(seeds=1),
        knobs=knobs,
        search=Search(trials=trials, sampler=sampler, batch=batch, direction=direction),  # pyright: ignore[reportArgumentType]
        seed=seed,
    )


def _real_range(low: float, high: float, scale: str = "linear") -> st.SearchStrategy[Range]:
    ends = st.tuples(st.floats(low, high), st.floats(low, high)).map(sorted).filter(_apart)
    return st.builds(
        lambda pair, steps: Range(low=pair[0], high=pair[1], scale=scale, steps=steps),  # pyright: ignore[reportArgumentType]
        ends,
        st.integers(2, 3),
    )


def _whole_range(low: int, high: int) -> st.SearchStrategy[Range]:
    ends = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted).filter(_apart)
    scales = st.sampled_from(("linear", "log") if low > 0 else ("linear",))
    return st.builds(
        lambda pair, scale, steps: Range(
            low=pair[0], high=pair[1], scale=scale, integer=True, steps=steps
        ),
        ends,
        scales,
        st.integers(2, 3),
    )


def _apart(pair: list[float]) -> bool:
    return pair[0] < pair[1]


def _choice(*values: object) -> st.SearchStrategy[Choice]:
    lists = st.lists(st.sampled_from(values), min_size=2, max_size=3, unique=True)
    return lists.map(lambda chosen: Choice(values=tuple(chosen)))  # pyright: ignore[reportArgumentType]


_SPECS: dict[str, st.SearchStrategy[KnobSpec]] = {
    "layers": _whole_range(0, 4) | _choice(0, 1, 3),
    "units": _whole_range(1, 600) | _choice(4, 8, 500),
    "activation": _choice("relu", "tanh", "linear"),
    "bias": _choice(True, False),
    "dropout": _real_range(0.0, 1.0),
    "l2": _real_range(1e-9, 1.0, "log") | _choice(0.0, 1e-3, 1.0),
    "optimizer": _choice("sgd", "momentum", "nesterov", "adamw"),
    "learning_rate": _real_range(1e-6, 10.0, "log"),
    "momentum": _real_range(0.0, 1.0),
    "batch": _choice(16, "stochastic", "full") | _whole_range(1, 64),
    "train_size": _real_range(0.01, 1.0)
    | _whole_range(1, 500)
    | _choice(0.5, 0.7, 1.0)
    | _choice(1, 50, 200),
}


def mixed_knobs(*, most: int = 5) -> st.SearchStrategy[dict[str, KnobSpec]]:
    """Some knobs, searched, by every kind of range and list."""
    names = st.lists(st.sampled_from(sorted(_SPECS)), min_size=1, max_size=most, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({n: _SPECS[n] for n in chosen}))
