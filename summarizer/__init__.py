"""The model: report → source text → fields → summary.

Nothing in this package knows of Ray or of HTTP. Importing it does not import torch; only the
engines that need torch do.
"""
