"""One module per topic; each has `run(quick)` and gives a `Result`."""
