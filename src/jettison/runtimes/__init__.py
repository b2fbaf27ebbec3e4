"""What executes a converted model, a runtime a file: loading, asking, and what this CPU is fast at."""
