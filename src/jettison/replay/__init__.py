"""Start a service, send it recorded requests, compare what it answers."""
