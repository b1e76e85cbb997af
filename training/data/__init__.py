"""From what `--dataset` names to checked records in three parts."""
