"""How a model learns from encoded records: the tasks, and the loop of one worker."""
