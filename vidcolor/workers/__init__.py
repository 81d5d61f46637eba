"""Where units are colored: in this process, in several on this machine, on a Ray cluster."""
