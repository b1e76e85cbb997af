"""Who is told how a run goes while it goes: a terminal, a log, TensorBoard, MLflow."""
