"""The smallest WSGI apps around a model, one for each stack: what models are compared through when there is no service.

Each is started in an environment of its own, never imported here. ``POST {"text": …}`` gives ``{"text": …}``; the
model's folder is ``$MODEL``, generation options are JSON in ``$OPTIONS``.
"""
