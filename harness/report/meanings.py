"""What each verdict means and what one may do about it, for a reader who never saw one."""

from harness.judge import EXPLANATIONS

MEANINGS = {kind: explanation.meaning for kind, explanation in EXPLANATIONS.items()}
