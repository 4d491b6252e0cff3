"""The pipeline: from paths, or one text, to a report; the memory of earlier runs and the worker processes."""
