"""What ``jettison soak`` found, for a terminal (`terminal.render`) and as one HTML file (`page.render`)."""
