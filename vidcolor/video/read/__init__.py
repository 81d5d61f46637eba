"""Films as streams of frames: luma untouched, every timestamp as in the file."""
