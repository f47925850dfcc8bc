"""Item 8: momentum as printed against its closed form, the engine's forms against torch."""

import numpy as np
import pytest
import torch

from harness import runs_of

NAME = "08-momentum-in-three-forms"
MOMENTA = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def engine(taught):
    return {
        (setting.trial.settings.optimizer, setting.trial.settings.momentum): (
            runs_of(setting)[0].trace.of("weights 1")[:, 0, 0]
        )
        for setting in taught(NAME).settings
    }


def row_of(taught, momentum):
    sheet = next(part for part in taught(NAME).showing.parts if hasattr(part, "rows"))
    return dict(zip(sheet.columns, sheet.rows[MOMENTA.index(momentum)], strict=True))


@pytest.mark.parametrize("momentum", MOMENTA)
@pytest.mark.parametrize("kind", ["momentum", "nesterov"])
def test_the_engine_steps_as_torch_does(taught, kind, momentum):
    w = torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
    nesterov = kind == "nesterov" and momentum > 0
    optimizer = torch.optim.SGD([w], lr=0.01, momentum=momentum, nesterov=nesterov)
    found = [1.0]
    for _ in range(100):
        optimizer.zero_grad()
        w.square().backward()
        optimizer.step()
        found.append(w.item())
    assert np.allclose(engine(taught)[kind, momentum], found, atol=1e-6)


@pytest.mark.parametrize("momentum", MOMENTA)
def test_the_printed_form_is_a_power_of_its_matrix(taught, momentum):
    share = 0.01 * 2
    step = np.array([[momentum, share], [momentum**2, 1 + momentum * share - share]])
    _, w = np.linalg.matrix_power(step, 100) @ [0.0, 1.0]
    assert row_of(taught, momentum)["as printed"] == pytest.approx(w, rel=1e-9)


@pytest.mark.parametrize("momentum", MOMENTA)
def test_the_printed_forms_net_rate(taught, momentum):
    found = row_of(taught, momentum)["net rate as printed"]
    assert found == pytest.approx(1 - momentum / (1 - momentum), abs=1e-9)


def test_at_a_half_it_stands_still_where_the_first_steps_left_it(taught):
    """velocity / 2 + w stays as it was, and in the end velocity / 2 is 0.02 · w."""
    assert row_of(taught, 0.5)["as printed"] == pytest.approx(1 / 1.02, abs=1e-6)


def test_outcomes(outcomes):
    found = outcomes(NAME)
    assert [says for says, one in found.items() if one == "contradicted"] == [
        "As printed, momentum makes descent faster"
    ]
    assert list(found.values()).count("confirmed") == 7
