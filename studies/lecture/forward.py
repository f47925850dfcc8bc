"""What the study of the forward pass shows (item 2)."""

import numpy as np

from harness import Line, Mark, Picture, Sheet, Showing, claim, runs_of, setting_of

BENDS = {"relu": lambda z: max(z, 0.0), "linear": lambda z: z, "tanh": np.tanh}
TITLES = {"relu": "ReLU", "linear": "linear", "tanh": "tanh"}


def layer_by_layer(findings, dataset):
    """Every sum and every output of a small network, for one example."""
    run = runs_of(setting_of(findings, "given"))[0]
    x, y = dataset.train.x[0].astype(float), float(dataset.train.y[0, 0])
    layers = [_double(pair) for pair in run.trace.layers(0)]
    activation = run.trial.settings.activation
    sums, made = forward(layers, x, activation)
    return Showing(
        parts=[
            _neuron(layers[0], x, sums[0], made[1], activation),
            _layer(layers[0], x, sums[0], made[1]),
            _network(sums, made, y, activation),
            _drawing(made, layers),
        ],
        claims=[
            _one_product(layers[0], x, sums[0]),
            _whole(run, layers, x, y, moment=0),
            _whole(run, [_double(pair) for pair in run.trace.layers(1)], x, y, moment=1),
        ],
    )


def _double(pair):
    return tuple(part.astype(float) for part in pair)


def forward(layers, x, activation):
    """The sums of each layer, and the inputs followed by what each layer makes of them."""
    sums, made = [], [x]
    for number, (weights, biases) in enumerate(layers, start=1):
        sums.append(
            np.array(
                [neuron(made[-1], weights[:, unit], biases[unit]) for unit in range(len(biases))]
            )
        )
        bend = BENDS["linear" if number == len(layers) else activation]
        made.append(np.array([bend(total) for total in sums[-1]]))
    return sums, made


def neuron(inputs, weights, bias):
    """The weighted sum of one neuron, as on paper: product by product."""
    total = bias
    for value, weight in zip(inputs, weights, strict=True):
        total += value * weight
    return total


def _numbers(values):
    return ", ".join(f"{value:.5g}" for value in values)


def _products(inputs, weights, bias):
    pairs = zip(weights, inputs, strict=True)
    terms = " + ".join(f"{weight:.3g}·{value:.3g}" for weight, value in pairs)
    return f"{terms} + {bias:.3g}".replace("+ -", "- ")


def _neuron(layer, x, sums, made, activation):
    weights, biases = layer
    return Sheet(
        title="One neuron: the first of the first hidden layer",
        columns=["step", "computed", "result"],
        rows=[
            ("inputs", "", _numbers(x)),
            ("weights and bias", "", f"{_numbers(weights[:, 0])}; {biases[0]:.3g}"),
            ("weighted sum", _products(x, weights[:, 0], biases[0]), f"{sums[0]:.5g}"),
            ("activation", f"{TITLES[activation]} of {sums[0]:.5g}", f"{made[0]:.5g}"),
        ],
    )


def _layer(layer, x, sums, made):
    weights, biases = layer
    rows = [
        (unit + 1, _products(x, weights[:, unit], biases[unit]), f"{sums[unit]:.5g}",
         f"{made[unit]:.5g}")
        for unit in range(len(biases))
    ]  # fmt: skip
    return Sheet(
        title="One layer: three neurons with the same inputs",
        columns=["unit", "weighted sum", "is", "output"],
        rows=rows,
    )


def _network(sums, made, y, activation):
    names = [f"hidden layer {at}, {TITLES[activation]}" for at in range(1, len(sums))] + [
        "output, linear"
    ]
    rows = [("inputs", 2, "", _numbers(made[0]))]
    for name, total, out in zip(names, sums, made[1:], strict=True):
        rows.append((name, len(out), _numbers(total), _numbers(out)))
    error = made[-1][0] - y
    return Sheet(
        title="The whole network, layer by layer",
        columns=["layer", "units", "weighted sums", "outputs"],
        rows=rows,
        note=f"The target is {y:g}; the squared error is ({error:.5g})² = {error**2:.5g}.",
    )


def _drawing(made, layers):
    places = [np.arange(len(out)) - (len(out) - 1) / 2 for out in made]
    edges = [
        (at, -start, -end, made[at][row] == 0)
        for at in range(len(layers))
        for row, start in enumerate(places[at])
        for end in places[at + 1]
    ]
    nodes = Line(
        x=[at for at, out in enumerate(places) for _ in out],
        y=[-value for out in places for value in out],
        label="units",
        style="points",
    )
    marks = [
        Mark(x=at, y=0.1 - place, text=f"{value:.4g}")
        for at, out in enumerate(places)
        for place, value in zip(out, made[at], strict=True)
    ]
    return Picture(
        title="What every unit gives on",
        x_label="layer",
        y_label="unit, the first at the top",
        lines=[_edges(edges, idle=False), _edges(edges, idle=True), nodes],
        marks=marks,
        y_limits=(-1.3, 2.1),
        ticks=["inputs", *(f"hidden {at}" for at in range(1, len(layers))), "output"],
    )


def _edges(edges, *, idle):
    """One line through all edges of a kind, with holes between them."""
    chosen = [edge for edge in edges if edge[3] == idle]
    return Line(
        x=[x for at, *_ in chosen for x in (at, at + 1, np.nan)],
        y=[y for _, start, end, _ in chosen for y in (start, end, np.nan)],
        label="passes 0 on" if idle else "passes a number on",
        style="dotted" if idle else "line",
    )


def _one_product(layer, x, sums):
    weights, biases = layer
    whole = x @ weights + biases
    off = np.abs(whole - sums).max()
    return claim(
        "A layer is one matrix product: the neurons' sums all at once",
        holds=off < 1e-12,
        measured=f"sums neuron by neuron ({_numbers(sums)}) and by the product differ by"
        f" {off:.1g} at most",
    )


def _whole(run, layers, x, y, *, moment):
    out = forward(layers, x, run.trial.settings.activation)[1][-1][0]
    loss, engine = (out - y) ** 2, run.curves.train_loss[moment]
    when = "with the given weights" if moment == 0 else "and with those after a step"
    return claim(
        f"Layer after layer by hand, the network's answer comes out: {when}",
        holds=abs(loss - engine) < 1e-6,
        measured=f"by hand the output is {out:.6g} and the squared error {loss:.6g}; the network's"
        f" own is {engine:.6g}",
    )
