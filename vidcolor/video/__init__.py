"""Reading and writing film: the only package that imports PyAV, and it imports no torch."""
