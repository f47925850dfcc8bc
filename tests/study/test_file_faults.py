"""Each fault of a study file gives one line that names the key, the rule and the value."""

import re
from pathlib import Path

import pytest

from tests.study.samples import ARMS, POINTS, SEARCH, faults

# What each change of the search study is answered with.
SEARCH_FAULTS = [
    ("question = .*", "question = 5", "question must be text, got 5"),
    ("question = .*\n", "", "question is missing"),
    ("question = .*", 'question = " "', "question must be a sentence, got nothing"),
    (r"\[data\]", "seed = 0.5\n[data]", "seed must be a whole number, got 0.5"),
    (r"\[data\]", "units = 3\n[data]", "units is not a key of a study; it belongs in [knobs]"),
    (
        "source = .*",
        'source = "digits"\nquestion = "?"',
        "data.question is not a key of [data]; it belongs at the top, before the first [table]",
    ),
    ("source = .*", "source = 3", "data.source must be text, got 3"),
    ("source = .*\n", "", "data needs either source or points, got neither"),
    ("source = .*", 'source = ""', 'data.source must name a set, a file or a function, got ""'),
    (
        "split = .*",
        "points = { x = [[1]], y = [1] }",
        "data needs either source or points, got both",
    ),
    ("train = 0.6", "train = 0.7", "data.split must sum to at most 1, got 1.1"),
    ("train = 0.6", "train = 0", "data.split.train must lie above 0 and up to 1, got 0"),
    ("test = 0.2", "test = -1", "data.split.test must lie in 0..1, got -1"),
    ("train = 0.6, ", "", "data.split.train is missing"),
    (
        "test = 0.2",
        "tset = 0.2",
        "data.split.tset is not a key of [data.split]; did you mean test?",
    ),
    ("split = .*", "split = 0.5", "data.split must be a table, got 0.5"),
    ("split = .*", "features = [1]", "data.features[0] must be text, got 1"),
    ("split = .*", 'features = "a"', 'data.features must be a list, got "a"'),
    ("split = .*", 'missing = "drop"', 'data.missing must be one of error, mean, got "drop"'),
    ("split = .*", 'standardize = "no"', 'data.standardize must be true or false, got "no"'),
    ("split = .*", "examples = 0", "data.examples must be at least 1, got 0"),
    ("split = .*", "noise = -0.1", "data.noise must be at least 0, got -0.1"),
    ("split = .*", "noise = nan", "data.noise must be a finite number, got nan"),
    ("split = .*", 'task = "rank"', "data.task must be one of classification, regression"),
    (
        "split = .*",
        'target = "y"\nfeatures = ["x", "y"]',
        'data.features must not hold the target, got "y"',
    ),
    (
        "validation = 0.2",
        "validation = 0",
        "search.objective cross_fitted_loss needs validation examples, "
        "got data.split.validation = 0",
    ),
    ("epochs = 60", "seeds = 0", "training.seeds must be at least 1, got 0"),
    ("epochs = 60", "seeds = true", "training.seeds must be a whole number, got true"),
    ("epochs = 60", 'loss = "rmse"', "training.loss must be one of mse, mae, huber"),
    ("epochs = 60", "epochs = 0", "training.epochs must be at least 1 and be a whole number"),
    (
        "batch = 32",
        "epochs = 3",
        "training.epochs and knobs.epochs must not both be given; keep one of them",
    ),
    ("epochs = 60", "epoch = 60", "training.epoch is not a key of [training]; did you mean epochs"),
    ("layers = 2", 'layers = "two"', 'knobs.layers must lie in 0..64 and be a whole number, got "'),
    ("layers = 2", "layers = nan", "knobs.layers must lie in 0..64 and be a whole number, got nan"),
    ("layers = 2", "layers = inf", "knobs.layers must lie in 0..64 and be a whole number, got inf"),
    ("batch = 32", "lerning_rate = 1", "knobs.lerning_rate is not a knob; did you mean learning_"),
    ("batch = 32", '"a\\nb" = 1', 'knobs."a\\nb" is not a knob; known are layers, units'),
    ("batch = 32", "batch = 0", 'knobs.batch must be a whole number of at least 1, "stochastic"'),
    ("batch = 32", "batch = []", "knobs.batch must list at least one value, got []"),
    ("batch = 32", "l2 = -1", "knobs.l2 must be at least 0, got -1"),
    ("batch = 32", "l2 = 1979-05-27", "knobs.l2 must be at least 0, got 1979-05-27"),
    ("batch = 32", f"l2 = 1{'0' * 400}", "knobs.l2 must be at least 0, got 1000"),
    ("batch = 32", 'bias = "yes"', 'knobs.bias must be true or false, got "yes"'),
    ("batch = 32", "bias = { from = 0, to = 1 }", "knobs.bias cannot be a range; list its values"),
    (
        "batch = 32",
        "initialization = { from = 0, to = 1 }",
        "knobs.initialization cannot be a range",
    ),
    (
        "batch = 32",
        "activation = { from = 'relu', to = 'elu' }",
        "knobs.activation cannot be a range",
    ),
    ("optimizer = .*", "optimizer = { from = 1, to = 2 }", "knobs.optimizer cannot be a range"),
    (
        "optimizer = .*",
        'optimizer = "sdg"',
        "knobs.optimizer must be one of sgd, momentum, nesterov, rmsprop, adam, adamw, "
        'got "sdg"; did you mean sgd?',
    ),
    ("optimizer = .*", 'optimizer = ["sgd", 3]', "rmsprop, adam, adamw, got 3"),
    (
        "optimizer = .*",
        'optimizer = ["adam", "adam"]',
        'knobs.optimizer must list each value once, got "adam" twice',
    ),
    ("to = 0.6", "to = 1.5", "knobs.dropout.to must lie in 0..1, got 1.5"),
    ("to = 0.6", 'to = "x"', 'knobs.dropout.to must be a number, got "x"'),
    ("to = 0.6", "to = inf", "knobs.dropout.to must be a number, got inf"),
    (", to = 0.6", "", "knobs.dropout.to is missing; a range has from and to"),
    ("to = 0.6", "high = 0.6", "knobs.dropout.high is not a key of a range; did you mean to?"),
    ("to = 0.6", "to = 0.6, stesp = 3", "knobs.dropout.stesp is not a key of a range; did you me"),
    ("to = 0.6", "to = 0.6, steps = 1", "knobs.dropout.steps must be at least 2, got 1"),
    ("to = 0.6", "to = 0.6, steps = 2.5", "knobs.dropout.steps must be a whole number, got 2.5"),
    ("to = 0.6", "to = 0.6, steps = nan", "knobs.dropout.steps must be a whole number, got nan"),
    ("to = 0.6", 'to = 1, scale = "log"', "knobs.dropout.from must be above 0 on a log scale, got"),
    ('"log"', '"ln"', 'knobs.units.scale must be linear or log, got "ln"'),
    ("from = 4, to = 512", "from = 512, to = 4", "knobs.units.from must be below to (4), got 512"),
    ("from = 4, to = 512", "from = 4, to = 4", "knobs.units.from must be below to (4), got 4"),
    ("from = 4", "from = 1.5", "knobs.units.from must lie in 1..65536 and be a whole number, got"),
    ("from = 1e-4", "from = 0", "knobs.learning_rate.from must be above 0, got 0"),
    (
        "units = .*",
        "units = [[8, 4], [8, 4, 2]]",
        "knobs.units must hold one number for each layer, and layers may be 2, got [8, 4, 2]",
    ),
    ("units = .*", "units = [[]]", "knobs.units must be a whole number in 1..65536, or a list"),
    (
        "layers = 2\nunits = .*",
        "layers = { from = 1, to = 4 }\nunits = [[8, 4], 8]",
        "knobs.units must hold one number for each layer, and layers may be 1 or 3 or 4, "
        "got [8, 4]",
    ),
    (
        "batch = 32",
        "train_size = { from = 0.1, to = 200 }",
        "knobs.train_size.to must be a share above 0 and up to 1, or both ends whole numbers",
    ),
    (
        "batch = 32",
        "train_size = [0.1, 1]",
        "knobs.train_size must list shares (0.5, 1.0) or numbers of examples (50, 100), not both",
    ),
    (
        "batch = 32",
        "initialization = [{ weights = [[1]] }]",
        "knobs.initialization must give weights for each layer and the output, "
        "and layers may be 2, got 1",
    ),
    (
        "batch = 32",
        "initialization = [{ weights = [[1], [1, 2]] }]",
        "knobs.initialization[0].weights must have rows of one length, got rows of 1 and of 2",
    ),
    (
        "batch = 32",
        'initialization = [{ weights = [["a"]] }]',
        "knobs.initialization[0].weights must be a list with one list of numbers per input",
    ),
    ("batch = 32", "initialization = [{ weights = [[1]], bias = 1 }]", r"[0].bias must be a list"),
    ("trials = 64\n", "", "search.trials is needed with sampler tpe"),
    ("trials = 64", "trials = 0", "search.trials must be at least 1, got 0"),
    ("trials = 64", 'trials = "64"', 'search.trials must be a whole number, got "64"'),
    ("trials = 64", "trials = 64\nseeds = 3", "search.seeds is not a key of [search]; it belongs"),
    ('"tpe"', '"tp"', 'search.sampler must be one of tpe, random, grid, qmc, gp, got "tp"'),
    ("trials = 64", 'trials = 64\nobjective = "gap"', "search.objective must not be the gap alone"),
    ("trials = 64", 'trials = 64\nobjective = "loss"', "search.objective must be one of cross_fit"),
    (
        "trials = 64",
        'trials = 64\nobjective = "validation_score_best"',
        "search.direction must be said with objective validation_score_best: "
        '"minimize" or "maximize"',
    ),
    (
        "trials = 64",
        'trials = 64\nobjective = "roc_auc_end"\ndirection = "up"',
        'search.direction must be one of minimize, maximize, got "up"',
    ),
    ("trials = 64", 'trials = 64\ndirection = "up"', "search.direction must be one of minimize, m"),
    (r"\[search\]\n(.*\n)*", "", "a study needs either [search] or [arms], got neither"),
    (r"\[knobs\]\n(.*\n)*\n", "", "knobs: a search needs at least one knob with a range or a list"),
    (
        r"\[data\](.*\n)*\[search\]",
        "knobs = 3\n[data]\nsource='iris'\n[search]",
        "knobs must be a table",
    ),
    ("sampler = .*", "[thresholds]\nfits = 1", "thresholds.fits must lie between 0 and 1, got 1"),
    (
        "sampler = .*",
        "[thresholds]\nsmoothing = 0",
        "thresholds.smoothing must be at least 1, got 0",
    ),
    (
        "sampler = .*",
        "[thresholds]\nsure = 1.5",
        "thresholds.sure must lie between 0 and 1, got 1.5",
    ),
    (
        "sampler = .*",
        "[thresholds]\nrize = 0.5",
        "thresholds.rize is not a key of [thresholds]",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), SEARCH_FAULTS)
def test_one_fault_of_a_search_gives_one_line(tmp_path: Path, old, new, expected):
    text, count = re.subn(old, lambda _: new, SEARCH, count=1)
    assert count == 1
    (line,) = faults(tmp_path, text)
    assert expected in line


def test_a_misspelt_key_that_is_needed_is_also_missing(tmp_path: Path):
    assert faults(tmp_path, SEARCH.replace("question =", "qestion =")) == [
        "question is missing",
        "qestion is not a key of a study; did you mean question?",
    ]
    weights = POINTS.replace("weights =", "weight =")
    place = "knobs.initialization[0]"
    assert faults(tmp_path, weights) == [
        f"{place}.weight is not a key of given weights; did you mean weights?",
        f"{place}.weights is missing",
    ]


ARMS_FAULTS = [
    ("small = .*", "small = 3", "arms.small must be a table of knobs, got 3"),
    ("units = 8", "unts = 8", "arms.small.unts is not a knob; did you mean units?"),
    ("units = 8", "units = 0", "arms.small.units must be a whole number in 1..65536, or a list"),
    ("units = 8", "dropout = [0.1, 0.2]", "arms.small.dropout must be one value in an arm, got [0"),
    (
        "units = 8",
        "units = { from = 1, to = 2 }",
        "arms.small.units must be one value in an arm, got { from = 1, to = 2 }",
    ),
    ("units = 8", "optimizer = 'adma'", 'got "adma"; did you mean adam?'),
    (
        "units = 8",
        "layers = 3, units = [8, 4]",
        "arms.small.units must hold one number for each of the 3 layers, got 2",
    ),
    (
        "units = 8",
        "units = [64, 32], dropout = 0",
        'arms."two layers" must differ from arms.small, got the same settings',
    ),
    (r"(small = .*\n.*)", "", "arms must name at least one setting, got none"),
    ("small = ", '"" = ', "arms must each have a name, got an empty one"),
    (
        "dropout = 0.1",
        "dropout = [0.1, 0.2]",
        "knobs.dropout must be a single value in a study wit",
    ),
    (
        "dropout = 0.1",
        "units = [[8, 4]]\nlayers = 3",
        "knobs.units must hold one number for each layer, and layers may be 3, got [8, 4]",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), ARMS_FAULTS)
def test_one_fault_of_arms_gives_one_line(tmp_path: Path, old, new, expected):
    text, count = re.subn(old, lambda _: new, ARMS, count=1)
    assert count == 1
    (line,) = faults(tmp_path, text)
    assert expected in line


POINTS_FAULTS = [
    ("[1, 1]]", "[1]]", "data.points.x must have rows of one length, got rows of 1 and of 2"),
    ("[1, 1]]", '[1, "a"]]', 'data.points.x[3][1] must be a number, got "a"'),
    ("[1, 1]]", "[1, inf]]", "data.points.x[3][1] must be a finite number, got inf"),
    (', "no"]', "]", "data.points must give one y for each row of x, got 4 rows in x and 3 values"),
    (
        ', "no"]',
        ", 1]",
        "data.points.y must be all numbers or all class names, got 3 of 4 that are",
    ),
    (', "no"]', ", true]", "data.points.y[3] must be a number or a class name, got true"),
    ("x = [[0, 0], [0, 1], [1, 0], [1, 1]]", "x = 3", "data.points.x must be a list, got 3"),
    (
        "bias = [0, 0]",
        "bias = [0]",
        "initialization[0].bias must hold 2 numbers, one per unit, got",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), POINTS_FAULTS)
def test_one_fault_of_points_gives_one_line(tmp_path: Path, old, new, expected):
    assert old in POINTS
    (line,) = faults(tmp_path, POINTS.replace(old, new))
    assert expected in line


def test_points_need_rows_and_take_no_split(tmp_path: Path):
    text = POINTS.replace("[data.points]", "[data]\nsplit = { train = 1 }\n[data.points]")
    assert faults(tmp_path, text) == ["data.split does not go with data.points, which all train"]
    empty = re.sub("y = .*", "y = []", re.sub("x = .*", "x = []", POINTS))
    assert faults(tmp_path, empty) == ["data.points.x must hold at least one row, got []"]


def test_all_faults_of_a_file_come_at_once(tmp_path: Path):
    text = SEARCH
    for old, new in [
        ("question = .*", "question = 5"),
        ("train = 0.6", "train = 0.7"),
        ("epochs = 60", "seeds = 0"),
        ("to = 0.6", "to = 1.5"),
        ('"adam"', '"adma"'),
        ("batch = 32", "bacth = 32"),
        ("trials = 64", "trials = 0\n[thresholds]\nfits = 2\n[search2]"),
    ]:
        text = re.sub(old, new, text)
    text += "[arms]\nsmall = { units = 0 }\n"
    starts = [line.split(" ")[0] for line in faults(tmp_path, text)]
    assert sorted(starts) == sorted(
        [
            "question",
            "data.split",
            "training.seeds",
            "knobs.dropout.to",
            "knobs.optimizer",
            "knobs.bacth",
            "search.trials",
            "thresholds.fits",
            "search2",
            "arms.small.units",
            "a",  # study needs either [search] or [arms], got both
            "knobs.units",  # must be a single value in a study with arms
            "knobs.learning_rate",
        ]
    )


def test_a_faulty_knob_may_have_been_the_searched_one(tmp_path: Path):
    text = re.sub(
        r"(?s)\[knobs\].*\[search\]", "[knobs]\nunits = { from = 0, to = 4 }\n[search]", SEARCH
    )
    assert faults(tmp_path, text) == [
        "knobs.units.from must lie in 1..65536 and be a whole number, got 0"
    ]
