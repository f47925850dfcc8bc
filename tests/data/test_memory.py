"""The machine's memory."""

import re
from pathlib import Path

import pytest

from harness.data import machine_memory

MEMINFO = Path("/proc/meminfo")


@pytest.mark.skipif(not MEMINFO.exists(), reason="the second opinion is Linux's")
def test_it_is_what_the_kernel_says_or_a_containers_limit_below():
    (total,) = re.findall(r"MemTotal: *(\d+) kB", MEMINFO.read_text("ascii"))
    assert 2**28 < machine_memory() <= 1024 * int(total)
