"""The larger commands: arguments become settings, settings one call."""
