"""The natural person: national ID, verified identity, assurance, and the keys that keep them secret."""
