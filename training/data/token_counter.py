"""How many tokens texts have for a model, before any of them is cut."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from schemas.errors import TrainingError
from training.data.checks.budget import CountTokens
from training.vocabulary import require_vocabulary

_FILE = "tokenizer.json"


def token_counter(model: str) -> CountTokens:
    """A function that counts the tokens of texts, without special ones, for a hub name or folder.

    Raises:
        TrainingError: there is no tokenizer.
    """
    file = Path(model) / _FILE
    if file.is_file():
        return _fast(Tokenizer.from_file(str(file)))
    # What has a tokenizer of another form is loaded by transformers, which takes seconds to import.
    from transformers import AutoTokenizer  # noqa: PLC0415

    try:
        tokenizer = AutoTokenizer.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"model {model}: has no tokenizer that can be loaded; give a folder with one, or the "
            "name of a model on a hub that can be reached"
        ) from error
    require_vocabulary(tokenizer, model)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        return _fast(backend)

    def count(texts: Sequence[str]) -> list[int]:
        encoded = tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    return count


def _fast(tokenizer: Tokenizer) -> CountTokens:
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    return count
