"""How many tokens texts have for a model, before any of them is cut."""

from collections.abc import Sequence

from transformers import AutoTokenizer

from schemas.errors import TrainingError
from training.checks.budget import CountTokens


def token_counter(model: str) -> CountTokens:
    """A function that counts the tokens of texts, without special ones, for a hub name or folder.

    Raises:
        TrainingError: there is no tokenizer.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"model {model}: has no tokenizer that can be loaded; give a folder with one, or the "
            "name of a model on a hub that can be reached"
        ) from error
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:

        def count_slowly(texts: Sequence[str]) -> list[int]:
            encoded = tokenizer(list(texts), add_special_tokens=False, verbose=False)
            return [len(ids) for ids in encoded["input_ids"]]

        return count_slowly
    backend.no_truncation()
    backend.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        # Without the offsets and masks that transformers asks for: half the time.
        encodings = backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    return count
