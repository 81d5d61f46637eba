"""Several processes, shards and Ray: frames a second here, and a simulation of many machines."""
