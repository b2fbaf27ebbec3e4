"""The smallest WSGI apps around a model, one for each stack: what models are compared through when there is no service.

Each is started in an environment of its own, never imported here. ``POST {"input": …}`` gives ``{"text": …}``; a
classifier gives ``{"label": …, "scores": {…}}``, a model of embeddings ``{"vector": […]}``, and for a list of two
inputs the cosine between them, ``{"score": …}``. The model's folder is ``$MODEL``, what it is for ``$TASK``, options of
generation are JSON in ``$OPTIONS``.
"""
