"""Where units are colored: in this process, or in several on this machine."""
