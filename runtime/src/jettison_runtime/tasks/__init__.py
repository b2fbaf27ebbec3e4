"""What encoders are asked for: a task a module, with the meaning that transformers' pipeline of that task has."""
