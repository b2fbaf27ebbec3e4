"""Resolve and weigh distributions: what a set of requirements brings, from where, and what it takes when installed.

The doors: `index.index_settings` (the user's pip configuration), `resolve.resolved`, `wheels.contents`,
`lock.lock_text` and `install.installed`; `debian` for the packages of a Debian system.
"""
