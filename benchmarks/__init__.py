"""How fast it is, in ratios and figures of one run: ``python -m benchmarks`` (``make bench``)."""
