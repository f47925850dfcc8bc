"""How much memory this machine has: never how much of it is free at the moment."""

import ctypes
import os
import sys
from pathlib import Path

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where Linux keeps what a container may take at most, versions 2 and 1."""


def machine_memory() -> int:
    """Bytes of memory, or what a container may take of it."""
    limits = [Path(name).read_text("ascii").strip() for name in _LIMITS if Path(name).is_file()]
    return min([_installed(), *(int(limit) for limit in limits if limit.isdigit())])


def _installed() -> int:
    if sys.platform == "win32":
        kilobytes = ctypes.c_ulonglong()
        ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
        return 1024 * kilobytes.value
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
