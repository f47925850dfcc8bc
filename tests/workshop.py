"""A folder as somebody has it who uses the harness: studies, a store, reports."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from click.testing import CliRunner

from harness import conduct
from harness.cli import main
from harness.store import read_study

SEARCH = """
question = "How wide must it be?"
seed = 3

[data]
source = "iris"

[training]
epochs = {epochs}
seeds = {seeds}

[knobs]
units = {{ from = 2, to = 16, scale = "log" }}
learning_rate = {{ from = 1e-3, to = 1e-1, scale = "log" }}
batch = {batch_size}

[search]
trials = {trials}
batch = {batch}
sampler = "{sampler}"
"""
ARMS = """
question = "Does width matter?"

[data]
source = "iris"

[training]
epochs = {epochs}
seeds = {seeds}

[arms]
"""


def search_text(
    *, trials=6, batch=2, seeds=2, epochs=3, batch_size=16, sampler="tpe", more=""
) -> str:
    """A search over two knobs on iris, a second or two long."""
    filled = SEARCH.format(
        trials=trials,
        batch=batch,
        seeds=seeds,
        epochs=epochs,
        batch_size=batch_size,
        sampler=sampler,
    )
    return filled + more


def arms_text(*, seeds=2, epochs=3, more="", **units) -> str:
    """Arms that differ in their units."""
    named = units or {"small": 2, "large": 16}
    lines = [f"{name} = {{ units = {width} }}\n" for name, width in named.items()]
    return ARMS.format(seeds=seeds, epochs=epochs) + "".join(lines) + more


class Workshop:
    """Writes studies and runs them, in this process or by the command in one of its own."""

    def __init__(self, root, empty_store):
        self.root = root
        self.store = root / "mlruns"
        shutil.copytree(empty_store, self.store)
        (root / "studies").mkdir()

    def write(self, name, text) -> Path:
        """A file among the studies; a study where the name has no ending."""
        path = self.root / "studies" / (name if "." in name else f"{name}.toml")
        path.write_text(text, encoding="utf-8")
        return path

    def conduct(self, name, *, workers=1, progress=None, **options):
        """What `make study` does, in this process."""
        prepared = conduct.prepare(name)
        watched = progress or conduct.Silence()
        return conduct.conduct(prepared, progress=watched, workers=workers, **options)

    def edition(self, name):
        """What is stored of a study as it is written now."""
        edition = conduct.prepare(name).edition
        (found,) = [e for e in read_study(self.store, study=name) if e.edition == edition]
        return found

    def runs(self, name):
        """The stored runs of a study as it is written now, by label and seed."""
        return {(run.trial.label, run.seed): run for run in self.edition(name).runs}

    def count(self, name):
        """How many runs are stored of a study."""
        return conduct.stored_studies(store=self.store).get(name, 0)

    def files(self):
        """A digest of every file in the store but for the locks, which hold no results."""
        paths = [path for path in self.store.rglob("*") if path.is_file()]
        kept = [path for path in paths if path.parent.name != "locks"]
        return {path: sha256(path.read_bytes()).hexdigest() for path in kept}

    def say(self, *words, answers=None):
        """A command in this process: its exit code and all it wrote."""
        return CliRunner().invoke(main, list(words), input=answers)

    @property
    def environment(self):
        """For processes in the workshop: the package is the repository's."""
        return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}

    @contextmanager
    def command(self, *words):
        """A command as a process of its own group, killed at the end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "harness", *words],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A job in the background is born deaf to Ctrl-C, and so are its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()


def same_runs(first, second):
    """Whether two tables of runs hold the same, bit for bit: settings, curves and verdicts."""
    return first.keys() == second.keys() and all(
        run.curves.equals(second[key].curves)
        and run.trial == second[key].trial
        and run.verdict == second[key].verdict
        and (run.ending, run.reason) == (second[key].ending, second[key].reason)
        for key, run in first.items()
    )


@contextmanager
def little_memory(spare):
    """This process may take only `spare` bytes more of address space."""
    import resource  # POSIX only

    pages, *_ = Path("/proc/self/statm").read_text().split()
    taken = int(pages) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + spare, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
