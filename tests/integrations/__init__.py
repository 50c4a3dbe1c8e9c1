"""One suite of behaviours that every framework's integration passes (invariant 11)."""
