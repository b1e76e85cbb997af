"""The model card: what a model folder's README.md says."""

from collections import Counter
from collections.abc import Mapping

from schemas.manifest import ModelManifest
from training.metrics import Metrics
from training.metrics_table import format_table
from training.options import TrainingOptions
from training.parts import Parts


def model_card(
    manifest: ModelManifest,
    options: TrainingOptions,
    parts: Parts,
    metrics: Metrics,
    baselines: Mapping[str, Metrics],
) -> str:
    """A Markdown card with the data, the recipe and the figures of a trained model."""
    categories = Counter(parts.train.categories)
    shares = ", ".join(f"{name} {count}" for name, count in categories.most_common())
    recipe = options.model_dump(
        mode="json", exclude={"dataset", "eval_dataset", "output", "model", "runs_folder"}
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

{len(parts.train)} records to train on, {len(parts.validation)} to choose the checkpoint and the
temperatures by, {len(parts.held_out)} held out; no report stands on both sides. SHA-256 of the
records: `{manifest.data_hash}`.

Categories in the training part: {shares}.

## Figures on the held-out records

{format_table(metrics, baselines, markdown=True)}

{chosen}

## Settings

{settings}
"""
