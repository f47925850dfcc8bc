"""Which trials next. In: a study with a search. Out: batches of trials, asked and told.

The search lives in memory and is a function of the study and of the values told: asking the
same batches again and telling the stored values (replay) gives the same sequence, which
`check_replay` proves against the store. It never trains, stores or judges.
"""

from harness.search.asker import Asker, check_replay
from harness.search.grid import grid_size

__all__ = ["Asker", "check_replay", "grid_size"]
