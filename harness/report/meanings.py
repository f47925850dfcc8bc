"""What each verdict means and what one may do about it, for a reader who never saw one."""

from harness.judge import Kind

MEANINGS = {
    Kind.TRAINED_TOO_LONG: "The validation loss fell, then rose again while the training loss "
    "went on falling. Stopping at the best epoch would have kept the better network.",
    Kind.MEMORISES: "The training loss lies far below the validation loss without a rise: the "
    "network knows its training examples better than what they have in common. More data, "
    "fewer units, dropout or a weight penalty may help.",
    Kind.FITS: "Training and validation loss lie close together and near the best level known "
    "for this data.",
    Kind.STOPPED_EARLY: "Both losses were still falling at the last epoch. More epochs or a "
    "larger learning rate may help.",
    Kind.TOO_WEAK: "Both losses have settled well above the best level known for this data. "
    "More units or layers, or a weaker penalty, may help.",
    Kind.CONSTANT: "The network is no better than one that always gives the same prediction.",
    Kind.SETTLED: "The losses have settled close together, but nothing tells how low they could "
    "be: too few other runs with as many training examples and as much label noise.",
    Kind.UNCLEAR: "The seeds disagree, or the figures lie too close to a bound to decide.",
    Kind.DIVERGED: "Training broke down: its loss grew without end, or it lost again most of what "
    "it had learned. A smaller learning rate usually helps.",
}
