"""The finished film against its source and its plan, packet by packet."""
