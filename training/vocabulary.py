"""Tokenizers that know words."""

from typing import Any

from schemas.errors import TrainingError

LEAST_TOKENS = 10
"""Beside special ones. A made-up tokenizer has one at most; bytes alone are 256."""


def require_vocabulary(tokenizer: Any, model: str) -> None:
    """Refuse a tokenizer of special tokens alone.

    transformers makes one up where a folder has no tokenizer's files, and a model that learns by
    it learns nothing.
    """
    ordinary = tokenizer.get_vocab().keys() - set(tokenizer.all_special_tokens)
    if len(ordinary) < LEAST_TOKENS:
        raise TrainingError(
            f"model {model}: its tokenizer knows no words; are its files there (tokenizer.json, "
            "vocab.txt or spiece.model)?"
        )
