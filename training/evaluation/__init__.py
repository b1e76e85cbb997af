"""How good a model's answers are, by the engine that serves."""
