"""The figures of the bundled model's card, measured on held-out reports.

`python -m training.recipe.figures` prints them all. It needs the development dependencies.
"""
