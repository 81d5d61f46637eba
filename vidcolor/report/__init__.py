"""Reports on colored films: how still their colors are, how rich, how true, shown and explained.

`make.py` is the way through: films are read in step (`in_step.py`), measured frame by frame
(`measure.py`), summed up by shot (`summary.py`), judged (`verdict.py`) and shown (`page.py`).
"""
