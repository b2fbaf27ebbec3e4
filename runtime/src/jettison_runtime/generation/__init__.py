"""Text generation with the meaning of transformers' ``generate``: settings, rules on logits, greedy and beam search."""
