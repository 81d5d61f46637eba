"""How fast each stage of a run is on this machine, and what to change."""
