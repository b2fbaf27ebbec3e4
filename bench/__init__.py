"""Speed and the other figures that the docs quote: everything here runs for minutes, never in CI."""
