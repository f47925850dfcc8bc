"""Studies of a user's own network: what their files say, and the records of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StudyError
from harness.study import (
    KNOBS,
    Arm,
    Choice,
    DataSource,
    Range,
    Search,
    Study,
    Training,
    Trial,
    edition,
    settings_from,
    settings_from_json,
    trial_from_json,
    written,
)
from harness.study.files import read_study
from harness.study.knobs import NETWORK_KNOBS
from tests.study.samples import ARMS, NETWORK, NETWORK_ARMS, write

NET = "my_nets.py:build"
TRAINED = sorted(KNOBS.keys() - {*NETWORK_KNOBS})
names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(lambda n: n not in TRAINED)
singles = (
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
lists = st.lists(st.integers() | st.floats(-1e9, 1e9) | st.text(), min_size=1).map(tuple)


def own_study(**knobs):
    return Study(
        name="x",
        question="How wide?",
        data=DataSource(source="digits"),
        training=Training(seeds=5),
        knobs=knobs,
        search=Search(trials=4),
        network=NET,
    )


def test_a_file_names_its_network_and_the_networks_knobs(tmp_path):
    study = read_study(write(tmp_path, NETWORK))
    assert study.network == NET
    assert study.searched == {
        "channels": Choice(values=(4, 8, 16)),
        "gain": Range(low=0.1, high=10.0, scale="log"),
        "kernel": Range(low=3, high=9, integer=True),
        "sizes": Choice(values=((8, 4), (16,))),
        "learning_rate": Range(low=1e-4, high=1e-1, scale="log"),
    }
    assert study.fixed == {"pool": "max", "residual": True, "units": (5, "a"), "optimizer": "sgd"}


def test_an_arms_plain_list_is_one_value(tmp_path):
    small, large = (arm.settings for arm in read_study(write(tmp_path, NETWORK_ARMS)).arms)
    assert small.own == (("channels", (4, 8)), ("dropout", 7), ("pool", "max"))
    assert large.own == (("channels", 3), ("dropout", 7), ("pool", "max"))
    assert (small.dropout, small.network, small.batch) == (0.0, NET, 16)


@pytest.mark.parametrize(
    "place", ["", 'a"', "nets", "nets.py", "nets.py:", ":build", "a.py:1b", "a:b"]
)
def test_a_network_that_is_no_file_and_function_is_one_fault(tmp_path, place):
    text = NETWORK.replace(f'"{NET}"', written(place))
    with pytest.raises(StudyError) as error:
        read_study(write(tmp_path, text))
    rule = 'network must name a function in a file beside the study, as "my_nets.py:build"'
    assert [f.partition(": ")[2] for f in error.value.faults] == [f"{rule}, got {written(place)}"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (f'"{NET}"', "3", r"network must be text, got 3$"),
        ("channels = [4, 8, 16]", "channels = []", r"knobs\.channels must list at least one value"),
        ("[4, 8, 16]", "[4, 8, 4]", r"knobs\.channels must list each value once, got 4 twice"),
        ("[4, 8, 16]", "[4, []]", r"knobs\.channels must be a number, text, true or false, or a l"),
        ("[4, 8, 16]", "[[[4]]]", r"or a list of numbers or texts, got \[\[4\]\]$"),
        ("[4, 8, 16]", "[[true, 1]]", r"a list of numbers or texts, got \[true, 1\]$"),
        ("channels =", '"a b" =', r'knobs\."a b" must be a name of letters, digits and _$'),
        ('pool = "max"', "pool = nan", r"knobs\.pool must be a number, .*, got nan$"),
        ("from = 3, to = 9", "from = 9, to = 3", r"knobs\.kernel\.from must be below to \(3\)"),
        ("from = 3, to", "from = -inf, to", r"knobs\.kernel\.from must be a number, got -inf$"),
        ("from = 3, to = 9", "from = 3", r"knobs\.kernel\.to is missing"),
        ("from = 0.1", "from = 0", r"knobs\.gain\.from must be above 0 on a log scale, got 0$"),
        ('"sgd"', '"sdg"', r"knobs\.optimizer must be one of sgd"),
        (f'network = "{NET}"\n', "", r"knobs\.channels is not a knob; known are layers"),
    ],
)
def test_a_faulty_own_knob_is_named(tmp_path, old, new, message):
    assert old in NETWORK
    with pytest.raises(StudyError, match=message):
        read_study(write(tmp_path, NETWORK.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[4, 8]", "{ from = 1, to = 2 }", r"arms\.small\.channels must be one value in an arm"),
        ("[4, 8]", "[[4, 8]]", r"arms\.small\.channels must be a number, text, true"),
        ("channels = 3", '"é" = 3', r'arms\.large\."é" must be a name of letters'),
        ("channels = 3", "batch = 0", r"arms\.large\.batch must be a whole number of at least 1"),
    ],
)
def test_a_faulty_own_knob_of_an_arm_is_named(tmp_path, old, new, message):
    assert old in NETWORK_ARMS
    with pytest.raises(StudyError, match=message):
        read_study(write(tmp_path, NETWORK_ARMS.replace(old, new)))


def test_a_near_miss_is_an_own_knob_only_beside_a_network(tmp_path):
    with pytest.raises(StudyError, match=r"arms\.small\.unit is not a knob; did you mean units"):
        read_study(write(tmp_path, ARMS.replace("{ units = 8 }", "{ unit = 8 }")))
    text = NETWORK_ARMS.replace("channels = 3", "learning_rte = 3.5")
    assert read_study(write(tmp_path, text)).arms[1].settings.value("learning_rte") == 3.5


def test_arms_made_for_another_network_are_refused():
    arm = Arm(name="small", settings=settings_from({"units": 8}))
    rule = r'arms\.small must be a setting of "my_nets.py:build", got one of the built-in network'
    with pytest.raises(StudyError, match=rule):
        replace(own_study(channels=Range(low=1, high=3)), search=None, knobs={}, arms=(arm,))


@given(own=st.dictionaries(names, singles | lists), rate=st.floats(1e-6, 1.0))
def test_settings_with_own_knobs_survive_json(own, rate):
    settings = settings_from({**own, "learning_rate": rate}, network=NET)
    back = settings_from_json(settings.to_json())
    assert back == settings
    assert repr(back) == repr(settings)  # 1, 1.0 and True are equal
    assert {name: settings.value(name) for name in own} == own
    assert [*settings.acting()][: len(own)] == sorted(own)
    assert not {*NETWORK_KNOBS} - own.keys() & settings.acting().keys()
    assert settings.learning_rate == rate


def test_stored_settings_of_before_there_were_networks_are_read_and_known():
    settings = settings_from({"units": 8})
    content = settings.to_json()
    assert "own" not in content
    assert "network" not in content
    assert settings_from_json(content) == settings


def test_own_values_cannot_stand_without_a_network_or_for_a_knob_of_training():
    settings = settings_from({"channels": 4}, network=NET)
    with pytest.raises(
        StudyError, match=r"knobs\.channels needs a network whose own knob it is, got none"
    ):
        replace(settings, network=None)
    with pytest.raises(StudyError, match=r"knobs\.batch is a knob of training, not one of the"):
        replace(settings, own=(("batch", 4),))
    with pytest.raises(KeyError, match="chanels"):
        settings.value("chanels")


@pytest.mark.parametrize(
    ("spec", "default"),
    [
        (Choice(values=("b", "a")), "b"),
        (Choice(values=((8, 4), (2,))), (8, 4)),
        (Range(low=3, high=9), 6),
        (Range(low=-0.5, high=0.5), 0.0),
        (Range(low=4, high=64, scale="log"), 16),
        (Range(low=0.01, high=1.0, scale="log"), 0.1),
    ],
)
def test_an_own_knobs_default_comes_from_what_the_study_says(spec, default):
    study = own_study(channels=spec, dropout=0.5, batch=16)
    knob = study.knob("channels")
    assert (knob.kind, knob.meaning) == ("own", "read by my_nets.py:build")
    assert knob.default == pytest.approx(default) if isinstance(default, float) else default
    assert study.default_settings().value("channels") == knob.default
    assert study.knob("dropout").default == 0.5
    assert [*study.knob_names] == ["channels", "dropout", *(n for n in KNOBS if n in TRAINED)]


def test_whole_ends_make_a_range_of_whole_numbers_and_numbers_of_a_list_are_alike():
    study = own_study(
        a=Range(low=-2, high=2),
        b=Range(low=1, high=2.0),
        c=Choice(values=(1, 2.5)),
        d=Choice(values=(True, 2.5)),
    )
    assert study.searched["a"] == Range(low=-2, high=2, integer=True)
    assert study.searched["b"] == Range(low=1.0, high=2.0)
    assert repr(study.searched["c"]) == repr(Choice(values=(1.0, 2.5)))
    assert repr(study.searched["d"]) == repr(Choice(values=(True, 2.5)))


def test_the_edition_holds_the_networks_name_and_text_and_no_more(tmp_path):
    study = read_study(write(tmp_path, NETWORK))
    commented = read_study(write(tmp_path, f"# said twice\n{NETWORK}"))
    other = read_study(write(tmp_path, NETWORK.replace(NET, "my_nets.py:other")))
    found = edition(study, "ab", network_code="def build(): ...")
    assert edition(commented, "ab", network_code="def build(): ...") == found
    assert edition(study, "ab", network_code="def build():  ...") != found
    assert edition(other, "ab", network_code="def build(): ...") != found
    assert (
        edition(replace(study, network=None, knobs={"units": Choice(values=(1, 2))}), "ab") != found
    )


def test_the_edition_holds_every_own_knob_whatever_its_value():
    texts = [own_study(c=Choice(values=(1, 2)), dropout=value) for value in (0.0, 0.5, (0.0, "a"))]
    found = [edition(study, "ab", network_code="") for study in texts]
    found.append(edition(own_study(c=Choice(values=(1, 2))), "ab", network_code=""))
    assert len(set(found)) == 4


def test_a_trial_of_an_own_network_survives_json():
    settings = own_study(channels=Choice(values=((4, 8), (2,)))).default_settings()
    trial = Trial(number=3, settings=settings, stage="search")
    assert trial_from_json(trial.to_json()) == trial
