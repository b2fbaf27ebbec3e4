"""The models: those that the code names, and those that lie in the folder."""
