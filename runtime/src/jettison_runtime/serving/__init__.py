"""A model folder behind HTTP: the Open Inference Protocol, in one process that refuses rather than falls over.

``python -m jettison_runtime.serving FOLDER``. Read `service` (what there is), `application` (what happens to a request)
and `inference` (the queue and the thread behind it); every path is a line of a table (`routes`, `process.ROUTES`).
"""
