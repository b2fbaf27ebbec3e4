import logging

from flask import Flask

from .routes import bp


def create_app():
    logging.basicConfig(level="INFO")
    app = Flask(__name__)
    app.config.from_mapping(MAX_CHARS=200)
    app.register_blueprint(bp, url_prefix="/v1")
    return app
