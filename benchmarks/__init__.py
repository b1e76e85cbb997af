"""What this service reaches beside its peers, measured in one run: `make bench`."""

THREADS = 2
"""For every contestant alike."""

STATIC_BATCH = 32
"""The batch of the peers that answer a whole batch at once."""
