"""What a column is, by its name alone: `val_loss`, `eval/loss`, `Train Loss`, `trainer/epoch`."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_PARTS = {
    **dict.fromkeys(("train", "training", "trn", "tr", "learn", "fit"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "vld", "vl"), "validation"),
    **dict.fromkeys(("dev", "eval", "evaluation", "holdout", "heldout"), "validation"),
    **dict.fromkeys(("test", "testing", "tst"), "test"),
}
_LOSSES = frozenset({"loss", "losses", "cost"})
_ERRORS = re.compile(
    "nll|bce|ce|xent|crossentropy|logloss|mse|mae|rmse|mape|error|err|perplexity|ppl|elbo|objective"
    "|deviance|hinge|huber"
)
_SCORES = {
    **dict.fromkeys(("acc", "accuracy", "acc1", "top1"), "accuracy"),
    "r2": "r2",
    **dict.fromkeys(("auc", "auroc"), "roc_auc"),
    "f1": "f1",
}
_EPOCHS = frozenset({"epoch", "epochs", "ep", "epoche", "epoque", "epoca"})
_STEPS = frozenset(
    {"step", "steps", "iter", "iters", "iteration", "iterations", "batch", "batches", "update"}
)
_FILLERS = re.compile(
    "average|avg|mean|total|overall|running|sum|full|set|metrics?|data|split|the|with|of|is|global"
    "|trainer|current|number|num|no|idx|index|categorical|sparse|binary|multiclass|s|m"
)
_OTHER = re.compile(
    "best|improved?|improvement|from|prev|previous|last|min|max|std|var|stderr|patience|threshold"
    "|weights?|scale|scaling|scaler|lr|rate|time|runtime|seconds?|samples|grad|norm|ratio|diff"
    "|difference|gap|delta|increased|decreased"
)
_CHINESE = {
    "训练": " train ",
    "验证": " validation ",
    "测试": " test ",
    "损失": " loss ",
    "准确率": " accuracy ",
    "精度": " accuracy ",
    "轮次": " epoch ",
    "轮数": " epoch ",
    "步数": " step ",
}
_FUSED = re.compile(r"^(train|training|tr|val|valid|test|eval|v|t)(loss|losses|acc|accuracy)$")
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a name says.

    Args:
        what: "loss", "error" (lower is better, but not called a loss), "score", "epoch",
            "step", "part" (just "train" or "val"), or "" for anything else.
        part: "train", "validation", "test", or "" where the name does not tell.
        detail: the words that tell one loss from another: ("box",); empty for the main one.
        per: "epoch" or "step" where the name says over what it was taken, else "".
        score: "accuracy", "r2" ... of a score.
    """

    what: str = ""
    part: str = ""
    detail: tuple[str, ...] = ()
    per: str = ""
    score: str = ""


@lru_cache(maxsize=4096)
def role_of(name: str) -> Role:
    """The role of a column called so."""
    words = _words(name)
    part = next((_PARTS[word] for word in words if word in _PARTS), "")
    if not part and name.startswith("metrics/"):  # Ultralytics measures these on validation
        part = "validation"
    left = [word for word in words if word not in _PARTS and not _FILLERS.fullmatch(word)]
    if not words or any(_OTHER.fullmatch(word) for word in left):
        return Role()
    if not left:
        return Role(what="part", part=part) if len(words) == 1 else Role()
    counted = frozenset(left)
    if counted <= _EPOCHS:
        return Role(what="epoch")
    if counted <= _STEPS:
        return Role(what="step")
    per = "epoch" if counted & _EPOCHS else "step" if counted & _STEPS else ""
    rest = [word for word in left if word not in _EPOCHS and word not in _STEPS]
    return _measured(part, rest, per)


def _measured(part: str, words: list[str], per: str) -> Role:
    if any(word in _LOSSES for word in words):
        detail = tuple(word for word in words if word not in _LOSSES)
        return Role(what="loss", part=part, detail=detail, per=per)
    for word in words:
        if word in _SCORES:
            detail = tuple(other for other in words if other != word)
            return Role(what="score", part=part, detail=detail, per=per, score=_SCORES[word])
    if any(_ERRORS.fullmatch(word) for word in words) or {"cross", "entropy"} <= set(words):
        return Role(what="error", part=part, detail=tuple(words), per=per)
    return Role()


def _words(name: str) -> list[str]:
    for chinese, english in _CHINESE.items():
        name = name.replace(chinese, english)
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    found: list[str] = []
    for word in (match.lower() for match in _WORDS.findall(plain)):
        fused = _FUSED.match(word)
        found += [_LONG.get(fused[1], fused[1]), fused[2]] if fused else [word]
    return found


_LONG = {"v": "val", "t": "train"}
