"""A Python root file system straight from Debian or Ubuntu packages: no dpkg, no root, no shell inside."""
