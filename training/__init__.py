"""Fine-tuning: JSONL → checked records → split → a model folder.

Nothing in this package knows of serving; the model folder is what it hands over.
"""
