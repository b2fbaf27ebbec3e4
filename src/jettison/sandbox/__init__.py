"""Places where foreign code runs without being able to touch anything: a read-only root, its own processes."""
