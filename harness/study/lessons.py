"""What a study teaches, where it is a lesson: words beside its question."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """The words of a lesson; its statement is the study's question.

    Args:
        predict: what readers are asked before they see the result.
        reveal: the answer, with the reason.
        attempt: "try this": one knob to change, and what to look for.
        remark: where a statement is imprecise, what the measurement says.
        keras: the same network or training in Keras, as text.
        definitions: statements that fix a word and that no measurement can test.
    """

    predict: str = ""
    reveal: str = ""
    attempt: str = ""
    remark: str = ""
    keras: str = ""
    definitions: tuple[str, ...] = ()
