"""From a study's name to all that is needed to begin: its file read, its data loaded."""

from dataclasses import dataclass
from pathlib import Path

from harness.conduct.fitting import check_fit
from harness.conduct.units import loss_units
from harness.data import Dataset, UserFunction
from harness.errors import InputError, NetworkError, ShowError
from harness.study import Study
from harness.study.editions import edition
from harness.study.files import read_study

STUDIES = Path("studies")
STORE = Path("mlruns")
REPORTS = Path("reports")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A study ready to be conducted.

    Args:
        study: what is asked.
        dataset: its examples.
        edition: the fingerprint of all that makes results.
        network: lines on the user's own network: who carries it, and why.
    """

    study: Study
    dataset: Dataset
    edition: str
    network: tuple[str, ...] = ()


def study_path(name: str) -> Path:
    """The file of a study given by name ("digits") or by path ("studies/digits.toml")."""
    return Path(name) if name.endswith(".toml") else STUDIES / f"{name}.toml"


def typed_study(study: Study) -> str:
    """What people type for a study: "digits", "lecture/06-learning-rate", or its file's path."""
    path = study.folder / f"{study.name}.toml"
    if not path.exists():  # made in Python
        return study.name
    inside = study.folder.is_relative_to(STUDIES)
    return (path.relative_to(STUDIES).with_suffix("") if inside else path).as_posix()


def shipped_studies(*, studies: Path = STUDIES) -> tuple[str, ...]:
    """The names of the study files there are."""
    return tuple(sorted(path.stem for path in studies.glob("*.toml")))


def prepare(name: str) -> Prepared:
    """Read a study file and load its data.

    Raises:
        InputError: the file, the data or the user's own network break a rule; one line for
            each fault.
    """
    path = study_path(name)
    study = read_study(path)
    return prepare_study(study, place=str(path))


def prepare_study(study: Study, *, place: str | None = None) -> Prepared:
    """Load the data of a study that may have been made in Python.

    Args:
        study: what is asked.
        place: what faults of the data begin with; the study's name where left out.
    """
    from harness.data import load  # brings pandas, which faults of a study file do without

    try:
        if study.shows is not None:
            shows_of(study)
        dataset = load(study.data, folder=study.folder, seed=study.seed, loss=study.training.loss)
        check_fit(study, dataset)
        code, network = _network(study, dataset)
    except InputError as error:
        raise error.at(place or study.name) from None
    found = edition(study, dataset.fingerprint, network_code=code)
    return Prepared(study=study, dataset=dataset, edition=found, network=network)


def shows_of(study: Study) -> UserFunction:
    """The study's own function that shows its results.

    Raises:
        ShowError: the file or the function is not there, or the file raises.
    """
    from harness.data import load_function

    assert study.shows is not None
    return load_function(study.shows, folder=study.folder, error=ShowError)


def _network(study: Study, dataset: Dataset) -> tuple[str | None, tuple[str, ...]]:
    """The text of the user's own network, and what is to be said of it."""
    if study.network is None:
        return None, ()
    from harness.data import read_code
    from harness.training import check_network  # brings torch: networks cannot be read otherwise

    code = read_code(study.network, folder=study.folder, error=NetworkError)
    return code, check_network(study, dataset)


def data_lines(prepared: Prepared) -> tuple[str, ...]:
    """What people want to know of the data, a line each."""
    dataset, source = prepared.dataset, prepared.study.data.source or "points in the study file"
    kind = f"{dataset.classes} classes" if dataset.classes else "a number to predict"
    features = "1 feature" if dataset.features == 1 else f"{dataset.features} features"
    first = f"{source}: {features}, {kind} ({dataset.target_name})"
    units = loss_units(dataset, loss=prepared.study.training.loss)
    return tuple(line for line in (first, *dataset.notes, units, *prepared.network) if line)
