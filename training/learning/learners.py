"""What learns on a worker: the whole model, or its part of one."""

from accelerate import Accelerator

from training.learning.gradients import Gradients, GradientVector, spread_from_first
from training.learning.learner import Learner
from training.learning.task import Task
from training.learning.workers import Workers
from training.options import TrainingOptions


def make_learner(
    task: Task, options: TrainingOptions, updates: int, accelerator: Accelerator
) -> tuple[Learner, Gradients]:
    """What learns, whole on every worker or shared out, the same everywhere at the beginning."""
    spread_from_first([weight for weight in task.model.parameters() if weight.requires_grad])
    if options.accelerate_config is None:
        learner = Learner(task.model, options, updates)
        return learner, GradientVector(list(learner.weights.values()))
    # Loading it takes more than half a second, which most runs have no use for.
    from training.learning.sharding import (  # noqa: PLC0415
        ShardedGradients,
        ShardedLearner,
        read_sharding,
        shard,
    )

    config = read_sharding(options.accelerate_config)
    shard(task.model, config, accelerator, options.mixed_precision)
    learner = ShardedLearner(task.model, options, updates)
    return learner, ShardedGradients(list(learner.weights.values()), Workers(accelerator))
