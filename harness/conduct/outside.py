"""Writing files outside the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import InputError


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """What the file system refuses inside, as one line a person can act on.

    Raises:
        InputError: in place of an `OSError`.
    """
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        place = error.filename or folder
        raise InputError(f"{place}: must be a folder, and a file is in its place") from None
    except OSError as error:
        place = error.filename or folder
        raise InputError(f"{place}: cannot be written ({error.strerror})") from None
