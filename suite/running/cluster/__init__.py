"""Workers on the nodes of a Ray cluster, in the place of processes of this machine."""
