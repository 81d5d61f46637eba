"""Training of the bundled RAFT small."""
