"""The service's Python code, read and never run: modules, names, and what expressions most likely are."""
