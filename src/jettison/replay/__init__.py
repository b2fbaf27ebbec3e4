"""Start a service, send it recorded requests, keep what it answers."""
