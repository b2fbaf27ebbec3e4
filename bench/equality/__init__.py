"""Equality with transformers: the same questions to both, and every answer that differs."""
