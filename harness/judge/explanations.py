"""Each kind of verdict for somebody who meets it first: meaning, what to try, what to read."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.judge.records import Kind
from harness.judge.rules import RULES
from harness.study import Thresholds


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A kind in words.

    Args:
        meaning: what it means, in a few sentences.
        tries: what to try next, the most promising first.
        sources: where to read about it: authors, year, title, where it appeared.
        beside: what it rests on where no rule of `RULES` says so.
    """

    meaning: str
    tries: tuple[str, ...]
    sources: tuple[str, ...]
    beside: str = ""


_PRECHELT = (
    "Prechelt (1998), Early Stopping - But When?, in Neural Networks: Tricks of the Trade, Springer"
)
_GUO = "Guo, Pleiss, Sun, Weinberger (2017), On Calibration of Modern Neural Networks, ICML"
_ZHANG = (
    "Zhang, Bengio, Hardt, Recht, Vinyals (2017), Understanding Deep Learning Requires Rethinking"
    " Generalization, ICLR"
)
_ARPIT = "Arpit et al. (2017), A Closer Look at Memorization in Deep Networks, ICML"
_BELKIN = (
    "Belkin, Hsu, Ma, Mandal (2019), Reconciling Modern Machine-Learning Practice and the Classical"
    " Bias-Variance Trade-Off, PNAS 116"
)
_NAKKIRAN = (
    "Nakkiran et al. (2020), Deep Double Descent: Where Bigger Models and More Data Hurt, ICLR"
)
_SRIVASTAVA = (
    "Srivastava et al. (2014), Dropout: A Simple Way to Prevent Neural Networks from Overfitting,"
    " JMLR 15"
)
_LOSHCHILOV = "Loshchilov, Hutter (2019), Decoupled Weight Decay Regularization, ICLR"
_SMITH_2017 = "Smith (2017), Cyclical Learning Rates for Training Neural Networks, WACV"
_SMITH_2018 = (
    "Smith (2018), A Disciplined Approach to Neural Network Hyper-Parameters: Part 1,"
    " arXiv:1803.09820"
)
_PASCANU = (
    "Pascanu, Mikolov, Bengio (2013), On the Difficulty of Training Recurrent Neural Networks, ICML"
)
_GLOROT = (
    "Glorot, Bengio (2010), Understanding the Difficulty of Training Deep Feedforward Neural"
    " Networks, AISTATS"
)
_HE = "He, Zhang, Ren, Sun (2015), Delving Deep into Rectifiers, ICCV"
_GEMAN = (
    "Geman, Bienenstock, Doursat (1992), Neural Networks and the Bias/Variance Dilemma, Neural"
    " Computation 4"
)
_GOODFELLOW = "Goodfellow, Bengio, Courville (2016), Deep Learning, MIT Press, chapters 5, 7 and 11"
_POWER = (
    "Power et al. (2022), Grokking: Generalization Beyond Overfitting on Small Algorithmic"
    " Datasets, arXiv:2201.02177"
)
_CAWLEY = (
    "Cawley, Talbot (2010), On Over-fitting in Model Selection and Subsequent Selection Bias in"
    " Performance Evaluation, JMLR 11"
)
_BOUTHILLIER = (
    "Bouthillier et al. (2021), Accounting for Variance in Machine Learning Benchmarks, MLSys"
)

EXPLANATIONS: Mapping[Kind, Explanation] = {
    Kind.TRAINED_TOO_LONG: Explanation(
        meaning="The validation loss fell, then rose again while the training loss went on falling."
        " Stopping at the best epoch would have kept the better network.",
        tries=(
            "keep the weights of the best epoch: early stopping with a patience of several epochs",
            "if accuracy holds while the loss rises, the network is overconfident: calibrate it"
            " by temperature scaling, or soften the labels, before you shrink it",
            "a smaller learning rate or a schedule that lowers it, and weight decay: both move"
            " the best epoch and often lower its loss",
            "more or augmented data, dropout: they raise the point from which it overfits",
        ),
        sources=(_PRECHELT, _GUO, _NAKKIRAN),
    ),
    Kind.MEMORISES: Explanation(
        meaning="The training loss lies far below the validation loss without a rise: the network"
        " knows its training examples better than what they have in common. More data, fewer units,"
        " dropout or a weight penalty may help.",
        tries=(
            "more data, or augmented data",
            "dropout or decoupled weight decay, at several strengths",
            "fewer units or layers; far more of them can help too, beyond the size at which the"
            " network can just memorise",
            "look at the labels: noise in them is memorised, and no setting closes that gap",
            "make sure that both losses are measured alike (eval mode, no penalty, the same"
            " weighting) and that both parts were drawn from the same data",
        ),
        sources=(_ZHANG, _ARPIT, _SRIVASTAVA, _LOSHCHILOV, _BELKIN),
    ),
    Kind.FITS: Explanation(
        meaning="Training and validation loss lie close together and near the best level known for"
        " this data.",
        tries=(
            "nothing has to be cured; score it once on a test part that chose nothing",
            "train it with several seeds, and tell the spread",
            "a lower loss still needs better data or features, or another kind of network: the best"
            " level known is only the best that was tried",
        ),
        sources=(_GEMAN, _CAWLEY, _BOUTHILLIER),
    ),
    Kind.STOPPED_EARLY: Explanation(
        meaning="Both losses were still falling at the last epoch. More epochs or a larger learning"
        " rate may help.",
        tries=(
            "twice the epochs, going on from the last checkpoint",
            "a larger learning rate: a range test shows which ones train faster without breaking",
            "adam or momentum instead of plain gradient descent, normalised inputs",
            "if a schedule has lowered the learning rate to nothing, stretch the schedule",
        ),
        sources=(_SMITH_2017, _SMITH_2018, _POWER),
    ),
    Kind.TOO_WEAK: Explanation(
        meaning="Both losses have settled well above the best level known for this data. More units"
        " or layers, or a weaker penalty, may help.",
        tries=(
            "less dropout, weight decay, L1 or L2",
            "more units, then more layers; a network that suits the data (convolutions for"
            " pictures, and so on)",
            "a larger learning rate or another optimizer: what looks weak may only train slowly",
            "better features or cleaner inputs",
        ),
        sources=(_GEMAN, _BELKIN, _SMITH_2018),
    ),
    Kind.CONSTANT: Explanation(
        meaning="The network is no better than one that always gives the same prediction.",
        tries=(
            "see whether it can memorise 32 examples: if not, look for a fault (the loss, softmax"
            " applied twice, wrong targets, gradients that never arrive)",
            "a learning rate 10 times larger, and 10 times smaller",
            "normalise the inputs; another initialization or activation (dead units)",
            "more epochs: some networks stay level for long before they begin to learn",
            "make sure that the inputs can tell the target at all: try a linear model and trees",
        ),
        sources=(_GLOROT, _HE, _SMITH_2017),
    ),
    Kind.SETTLED: Explanation(
        meaning="The losses have settled close together, but nothing tells how low they could be:"
        " too few other runs with as many training examples and as much label noise.",
        tries=(
            "train other settings on the same data: a wider one, and one without penalties",
            "a logistic or ridge regression, or boosted trees, on the same split: if they are"
            " better, the network is too weak",
            "if the loss of a constant prediction is near, see what there is to learn at all",
        ),
        sources=(_GEMAN, _GOODFELLOW),
        beside="what is left where a single run neither overfits nor was stopped early: noisy data"
        " and a network that is too weak look alike in one pair of curves",
    ),
    Kind.UNCLEAR: Explanation(
        meaning="The seeds disagree, or the figures lie too close to a bound to decide.",
        tries=(
            "what the verdict itself names: more epochs, more seeds, more validation examples",
            "the same setting with 5 to 10 seeds: what one run cannot tell, several often can",
            "a larger validation part: what a few dozen examples show may be chance",
            "if the curves jump from epoch to epoch, a smaller learning rate or larger batches",
            "a validation curve, where there is none",
        ),
        sources=(_BOUTHILLIER, _CAWLEY),
        beside="no kind is likely enough, or there are too few epochs, no validation curve, or a"
        " loss that leaves no scale",
    ),
    Kind.DIVERGED: Explanation(
        meaning="Training broke down: its loss grew without end, or it lost again most of what it"
        " had learned. A smaller learning rate usually helps.",
        tries=(
            "a learning rate 3 to 10 times smaller, or warmed up over the first epochs",
            "clip the gradients' norm",
            "normalise inputs and targets; look for NaN and huge values in the data",
            "in half precision: scale the loss, or use bfloat16; look for logarithms and divisions"
            " of 0 in a loss of your own",
        ),
        sources=(_PASCANU, _SMITH_2017, _SMITH_2018),
    ),
}


def rests_on(kind: Kind) -> tuple[str, ...]:
    """What a verdict of this kind rests on: its rule in words, its bounds and its source."""
    bounds = vars(Thresholds())
    found: list[str] = []
    for rule in RULES:
        if rule.kind is kind:
            named = ", ".join(f"{name} = {bounds[name]}" for name in rule.thresholds)
            found.append(f"{rule.says}" + (f" ({named})" if named else "") + f"; {rule.source}")
    beside = EXPLANATIONS[kind].beside
    return (*found, beside) if beside else tuple(found)
