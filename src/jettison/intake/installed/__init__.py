"""What the image gets installed: requirement lines, projects, locks, and the RUN lines that take them."""
