"""T5-family models (T5, mT5, umT5) laid out for decoding in flight. Knows tensors, no reports."""
