"""Item 15: the same training on every device that there is."""

import sys
from pathlib import Path

import pytest

import harness
from harness.training import gpu_name

NAME = "15-cpu-and-gpu"
LECTURE = Path(__file__).parents[2] / "studies" / "lecture"
pytestmark = pytest.mark.long


def test_the_same_numbers_again_and_a_busier_processor(outcomes):
    told = list(outcomes(NAME).values())
    assert told[:2] == ["confirmed", "confirmed"]
    if gpu_name() is None:
        assert told[2:] == ["undecided", "undecided"]
    else:
        assert told[2] == "confirmed"


def test_without_a_gpu_the_command_is_told(taught):
    if gpu_name() is not None:
        pytest.skip("there is a GPU here")
    claims = taught(NAME).showing.claims
    assert all("python -m harness lecture 15" in one.measured for one in claims[2:])


@pytest.mark.skipif(gpu_name() is not None, reason="the GPU itself is compared")
def test_a_second_device_is_compared(taught, monkeypatch):
    """The CPU under another word stands in for a GPU: the same numbers, and some seconds."""
    monkeypatch.syspath_prepend(str(LECTURE))
    import devices

    prepared = harness.prepare(str(LECTURE / f"{NAME}.toml"))
    twice = {"cpu": "CPU", "auto": "the CPU once more"}
    showing = devices.shown(taught(NAME), prepared.dataset, twice)
    monkeypatch.delitem(sys.modules, "devices")
    assert showing.claims[2].outcome.value == "confirmed"
    assert showing.claims[2].measured == "losses differ by 0 at most"
    assert "times the CPU's seconds" in showing.claims[3].measured
    assert [len(line.y) for line in showing.parts[0].lines] == [3, 3]
    assert len(showing.parts[-1].rows) == 6
