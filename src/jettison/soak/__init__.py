"""Finds what a running service keeps of every request: an agent inside it, requests in equal batches, a verdict."""
