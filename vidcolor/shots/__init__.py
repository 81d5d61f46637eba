"""Where shots begin, found frame by frame from small luma images."""
