"""Which classes make an app that jettison carries, and which ones tell that it is another kind of service."""

from __future__ import annotations

from typing import Literal

from ...records import AppKind

Framework = Literal["flask", "fastapi", "starlette", "wsgi", "asgi"]

APPS: dict[str, Framework] = {
    "flask.Flask": "flask",
    "flask.app.Flask": "flask",
    "apiflask.APIFlask": "flask",
    "flask_api.FlaskAPI": "flask",
    "flask_openapi3.OpenAPI": "flask",
    "connexion.FlaskApp": "flask",
    "connexion.App": "flask",
    "fastapi.FastAPI": "fastapi",
    "fastapi.applications.FastAPI": "fastapi",
    "fastapi_offline.FastAPIOffline": "fastapi",
    "starlette.applications.Starlette": "starlette",
}
"""By the name under which it is imported."""

KINDS: dict[Framework, AppKind] = {
    "flask": "wsgi",
    "wsgi": "wsgi",
    "fastapi": "asgi",
    "starlette": "asgi",
    "asgi": "asgi",
}

WRAPPERS = frozenset(
    (
        "WsgiToAsgi",
        "ASGIApp",
        "WSGIApp",
        "ProxyFix",
        "WhiteNoise",
        "Sentry",
        "AsgiToWsgi",
        "SharedDataMiddleware",
        "Mangum",
    )
)
"""Calls that give an app around an app; besides them, everything whose name ends in Middleware."""

TO_ASGI = ("WsgiToAsgi", "WSGIMiddleware", "ASGIApp")

OTHERS: dict[str, str] = {
    "django": "Django",
    "aiohttp.web": "aiohttp",
    "tornado.web": "Tornado",
    "tornado.ioloop": "Tornado",
    "streamlit": "Streamlit",
    "gradio": "Gradio",
    "grpc": "gRPC",
    "sanic": "Sanic",
    "bottle": "Bottle",
    "falcon": "Falcon",
    "quart": "Quart",
    "litestar": "Litestar",
    "starlite": "Starlite",
    "cherrypy": "CherryPy",
    "dash": "Dash",
    "bentoml": "BentoML",
    "ray.serve": "Ray Serve",
    "litserve": "LitServe",
    "chainlit": "Chainlit",
    "panel": "Panel",
    "nicegui": "NiceGUI",
    "robyn": "Robyn",
    "blacksheep": "BlackSheep",
    "pyramid": "Pyramid",
    "kserve": "KServe",
    "mlserver": "MLServer",
    "ts.torch_handler": "TorchServe",
    "cog": "Cog",
    "azure.functions": "Azure Functions",
    "runpod": "RunPod",
    "celery": "Celery",
    "http.server": "http.server",
    "websockets": "websockets",
    "telegram": "a Telegram bot",
    "discord": "a Discord bot",
}
"""By what is imported; the first that is found is named."""

OTHER_COMMANDS: dict[str, str] = {
    "streamlit": "Streamlit",
    "chainlit": "Chainlit",
    "bentoml": "BentoML",
    "torchserve": "TorchServe",
    "tritonserver": "Triton",
    "tensorflow_model_server": "TensorFlow Serving",
    "tf_serving_entrypoint.sh": "TensorFlow Serving",
    "mlserver": "MLServer",
    "mlflow": "MLflow",
    "celery": "Celery",
    "daphne": "Django Channels",
    "django-admin": "Django",
    "jupyter": "Jupyter",
    "panel": "Panel",
    "litserve": "LitServe",
    "serve": "Ray Serve",
    "gradio": "Gradio",
    "vllm": "vLLM",
    "ollama": "Ollama",
    "text-generation-launcher": "Text Generation Inference",
    "rasa": "Rasa",
    "nginx": "nginx",
    "node": "Node.js",
    "npm": "Node.js",
    "java": "Java",
}
"""By the program that the image starts."""
