"""One module per language family, each reading one line of a stack trace by itself.

`summarizer.stacktrace` puts the lines together; import from there.
"""
