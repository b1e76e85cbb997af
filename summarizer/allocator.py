"""The memory allocator of the process, set for work that takes the same megabytes again and again.

glibc gives freed memory back to the system and gets it again page by page: up to a sixth of the
time of an encoder pass. Kept, the memory of a process stays at what its largest batch took, which
the token budget bounds.
"""

import ctypes

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGEST_MMAP_THRESHOLD = 32 << 20
"""glibc takes no more."""
_KEPT = 256 << 20


def keep_freed_memory() -> bool:
    """Have the process keep memory that it frees; False where its allocator is not glibc's."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD) and mallopt(_M_TRIM_THRESHOLD, _KEPT)
    )
