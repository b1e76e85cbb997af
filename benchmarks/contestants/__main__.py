"""`python -m benchmarks.contestants NAME`: one contestant, told over a pipe what to measure.

Every line of the standard input is a call, `{"method": …, "arguments": {…}}`; every line of the
standard output a result. What libraries print goes to the standard error output.
"""

import importlib
import json
import os
import sys
from typing import TextIO

CONTESTANTS = {
    "ours": "benchmarks.contestants.ours:AbstractiveContestant",
    "ours-without-guesses": "benchmarks.contestants.ours:UnguessedContestant",
    "transformers": "benchmarks.contestants.generate:TransformersContestant",
    "ctranslate2": "benchmarks.contestants.generate:CTranslate2Contestant",
    "ctranslate2-two-workers": "benchmarks.contestants.generate:CTranslate2TwoWorkers",
    "ours-extractive": "benchmarks.contestants.ours:ExtractiveContestant",
    "sentence-transformers": "benchmarks.contestants.encode:SentenceTransformersContestant",
    "onnxruntime": "benchmarks.contestants.encode:OnnxContestant",
    "ours-learning": "benchmarks.contestants.learn:OurLoop",
    "seq2seq-trainer": "benchmarks.contestants.learn:HuggingFaceTrainer",
    "seq2seq-trainer-tuned": "benchmarks.contestants.learn:TunedTrainer",
    "limits": "benchmarks.contestants.limits:LimitsContestant",
}


def main() -> None:
    """Load the contestant, say so, and answer calls until there are no more."""
    with os.fdopen(os.dup(1), "w") as results:
        os.dup2(2, 1)
        module, _, name = CONTESTANTS[sys.argv[1]].partition(":")
        contestant = getattr(importlib.import_module(module), name)()
        _send(results, contestant.settings())
        for line in sys.stdin:
            call = json.loads(line)
            _send(results, getattr(contestant, call["method"])(**call["arguments"]))


def _send(results: TextIO, result: object) -> None:
    results.write(json.dumps({"result": result}) + "\n")
    results.flush()


if __name__ == "__main__":
    main()
