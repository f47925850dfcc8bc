import pytest

from tests.curves.written import Written


@pytest.fixture
def written(tmp_path):
    """A folder in which logs are written and read."""
    return Written(tmp_path)
