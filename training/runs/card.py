"""The model card: what a model folder's README.md says."""

from collections.abc import Mapping

from schemas.manifest import ModelKind, ModelManifest
from training.data.parts import Parts
from training.evaluation.evaluation import Evaluation
from training.evaluation.metrics_table import format_evaluation
from training.options import TrainingOptions

_LIMITS = {
    ModelKind.EXTRACTIVE: """\
- An answer is a piece of the report: the model doesn't rephrase, join sentences or read between the
  lines.""",
    ModelKind.ABSTRACTIVE: """\
- An answer may be text that the model wrote: it can be wrong in ways that the report's own words
  can't. `?details=true` says which answers are copied and which are written.""",
}
_LIMITS_OF_ALL = """\
- Screenshots are not read.
- The figures hold for reports like the held-out ones. Other trackers, products and languages were
  not measured.
- A confidence is the probability that an answer is right only as far as the calibration above
  shows.
"""


def model_card(
    manifest: ModelManifest,
    options: TrainingOptions,
    parts: Parts,
    evaluation: Evaluation,
    categories: Mapping[str, int],
) -> str:
    """A Markdown card with the data, the settings, the figures and the limits of a trained model.

    `categories` says how often each category is annotated in the training part.
    """
    shares = ", ".join(
        f"{name} {count}"
        for name, count in sorted(categories.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    recipe = options.model_dump(
        mode="json",
        exclude={"dataset", "eval_dataset", "output", "model", "base_model", "runs_folder"},
    )
    settings = "\n".join(f"- {name}: {value}" for name, value in recipe.items())
    chosen = (
        "The checkpoint was chosen on these records, so the figures are a little too good."
        if parts.held_out_was_chosen_by
        else "No choice was made on these records."
    )
    return f"""\
# {manifest.name} {manifest.version}

A bug report in, a structured summary out: environment, actual behaviour, expected behaviour,
category and suggested solution. Kind: {manifest.kind.value}. Base model: {manifest.base_model}.
Licence: {manifest.licence or "not given"}.

## Data

{len(parts.train)} records to train on, {len(parts.validation)} to choose the checkpoint by
and to fit the confidences to, {len(parts.held_out)} held out; no report stands on both sides.
SHA-256 of the records: `{manifest.data_hash}`.

Categories in the training part: {shares}.

## Figures on the held-out records

{format_evaluation(evaluation, markdown=True)}

{chosen}

## Limits

{_LIMITS[manifest.kind]}
{_LIMITS_OF_ALL}
## Settings

{settings}
"""
