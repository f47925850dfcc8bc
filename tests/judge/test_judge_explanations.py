"""Every kind of verdict is explained: its meaning, what it rests on, what to try, what to read."""

import re

import pytest

from harness.judge import EXPLANATIONS, RULES, Kind, rests_on


def test_every_kind_is_explained():
    assert set(EXPLANATIONS) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_an_explanation_says_what_to_try_and_names_its_sources(kind):
    explanation = EXPLANATIONS[kind]
    assert len(explanation.tries) >= 3
    assert len(explanation.sources) >= 2
    for source in explanation.sources:
        assert re.match(r"[A-Z]\w+.* \((19|20)\d\d\), .+, .+", source)


@pytest.mark.parametrize("kind", Kind)
def test_what_a_kind_rests_on_is_the_judges_own_rule(kind):
    told = rests_on(kind)
    assert told
    for rule in RULES:
        assert any(line.startswith(rule.says) for line in told) == (rule.kind is kind)
