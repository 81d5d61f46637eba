"""The stages between a film's luma and its chroma planes, each a file; `pipeline` joins them."""
