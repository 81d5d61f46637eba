"""Reading and writing film: the only package that imports PyAV, and it imports no torch.

Its rooms in the order of the data, each importing only those before it: `read` (`FrameSource`),
`plan` (`plan_output`), `segments` (`Segments`), `mux` (`assemble`), `verify` (`verify`).
"""
