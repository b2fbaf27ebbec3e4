"""The app: the object that a server imports, and the way that the service is started."""
