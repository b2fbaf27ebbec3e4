"""Flask services as people lay them out."""

from __future__ import annotations

from tests.intake.folders import TORCH_APP, Case, hf_folder

FLASK: list[Case] = [
    Case(
        name="one file, gunicorn in shell form",
        files={
            "app.py": TORCH_APP
            + "from flask import Flask\nmodel = AutoModelForSeq2SeqLM.from_pretrained('model')\n"
                "app = Flask(__name__)\n",
            "requirements.txt": "flask\ntorch\n",
            "Dockerfile": "FROM python:3.10\nWORKDIR /srv\nCOPY . .\nRUN pip install -r requirements.txt\n"
            "CMD gunicorn -w 2 --threads=8 -b :9000 app:app\n",
            **hf_folder("model"),
        },
        app="app:app", framework="flask", server="gunicorn", port=9000, workers=2, threads=8, form="shell",
        base="python:3.10", python="3.10", workdir="/srv", requirements=("flask", "torch"), file="app.py",
        models=(("model", "/srv/model", "safetensors"),), copied=("/srv/app.py", "/srv/model/config.json"),
    ),
    Case(
        name="python app.py with app.run",
        files={
            "app.py": "import flask\nPORT = 5001\nserver = flask.Flask('x')\nif __name__ == '__main__':\n"
            "    server.run(host='0.0.0.0', port=PORT, debug=True)\n",
            "Dockerfile": 'FROM python:3.9-slim\nADD . /code\nWORKDIR /code\nENTRYPOINT ["python"]\nCMD ["app.py"]\n',
        },
        app="app:server", framework="flask", server="python", port=5001, form="exec", python="3.9", file="app.py",
    ),
    Case(
        name="app.run without a port",
        files={
            "main.py": "from flask import Flask\napp = Flask(__name__)\napp.run(host='0.0.0.0')\n",
            "Dockerfile": "FROM python:3.8\nCOPY main.py /\nCMD python3 -u /main.py\n",
        },
        app="main:app", port=5000, workdir="/", server="python",
    ),
    Case(
        name="a factory in a package, named to gunicorn",
        files={
            "shop/__init__.py": "from flask import Flask\n\ndef create_app(config=None):\n"
                "    app = Flask(__name__)\n    return app\n",
            "Dockerfile": 'FROM python:3.11\nWORKDIR /w\nCOPY shop shop\n'
                'CMD ["gunicorn", "shop:create_app()", "-b", "0.0.0.0:80"]\n',
        },
        app="shop:create_app()", framework="flask", port=80, file="shop/__init__.py", workers=1,
    ),
    Case(
        name="wsgi.py on top of a factory in another module",
        files={
            "service/factory.py": "import flask\nfrom .routes import bp\ndef make():\n"
                "    a = flask.Flask(__name__)\n    return a\n",
            "service/routes.py": "from flask import Blueprint\nbp = Blueprint('b', __name__)\n",
            "service/__init__.py": "",
            "wsgi.py": "from service.factory import make\napplication = make()\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /w\nCOPY . .\nCMD gunicorn wsgi\n",
        },
        app="wsgi:application", framework="flask", file="service/factory.py", port=8000,
    ),
    Case(
        name="flask run with FLASK_APP, the app under a name of its own",
        files={
            "src/web.py": "from flask import Flask as F\nimport near\nweb = F(__name__)\n",
            "src/near.py": "",
            "Dockerfile": "FROM python:3.7\nENV FLASK_APP=src/web.py FLASK_RUN_PORT=8888\nCOPY . .\n"
                "CMD flask run --host=0.0.0.0\n",
        },
        app="web:web", server="flask", port=8888, import_folders=("/src",), file="src/web.py",
    ),
    Case(
        name="flask run with an option",
        files={
            "web.py": "from flask import Flask\napp = Flask(__name__)\n",
            "Dockerfile": 'FROM python:3.12\nWORKDIR /a\nCOPY . .\n'
                'CMD ["flask", "--app", "web", "run", "-p", "4000"]\n',
        },
        app="web:app", server="flask", port=4000, python="3.12",
    ),
    Case(
        name="flask run with a factory with arguments",
        files={
            "pkg/__init__.py": "from flask import Flask\ndef create_app(mode):\n    return Flask(__name__)\n",
            "Dockerfile": "FROM python:3.12\nENV FLASK_APP=\"pkg:create_app('prod')\"\nWORKDIR /a\nCOPY . .\n"
                "CMD flask run\n",
        },
        app="pkg:create_app('prod')", server="flask", port=5000,
    ),
    Case(
        name="waitress on the command line",
        files={
            "app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\n"
                "CMD waitress-serve --port=7000 --threads=6 app:app\n",
        },
        app="app:app", server="waitress", port=7000, threads=6,
    ),
    Case(
        name="waitress from code",
        files={
            "run.py": "from waitress import serve\nfrom app import app\nserve(app, listen='*:8181', threads=3)\n",
            "app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nCMD python run.py\n",
        },
        app="run:app", framework="flask", server="python", port=8181, threads=3, file="app.py",
    ),
    Case(
        name="gevent from code, port from the environment",
        files={
            "serve.py": "import os\nfrom gevent.pywsgi import WSGIServer\nfrom flask import Flask\n"
                "application = Flask('s')\n"
            "WSGIServer(('', int(os.environ.get('PORT', 5005))), application).serve_forever()\n",
            "Dockerfile": "FROM python:3.11\nCOPY serve.py .\nCMD python -W ignore serve.py\n",
        },
        app="serve:application", port=5005,
    ),
    Case(
        name="an entrypoint script that hands on to CMD",
        files={
            "docker-entrypoint.sh": '#!/bin/sh\nset -e\nexport MODEL_DIR=/models/t5\n'
                'if [ "$1" = x ]; then echo y; fi\nexec "$@"\n',
            "app.py": TORCH_APP
            + "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
            "net = AutoModelForSeq2SeqLM.from_pretrained(os.environ['MODEL_DIR'])\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY docker-entrypoint.sh /\nCOPY app.py .\n"
                "COPY t5 /models/t5\n"
            'ENTRYPOINT ["/docker-entrypoint.sh"]\nCMD ["gunicorn", "--bind=0.0.0.0:8000", "app:app"]\n',
            **hf_folder("t5"),
        },
        app="app:app", server="gunicorn", port=8000, form="exec", models=(("/models/t5", "/models/t5", "safetensors"),),
    ),
    Case(
        name="an entrypoint script that starts the server itself",
        files={
            "start.sh": "#!/bin/bash\ncd backend\npython migrate.py\n"
                "exec gunicorn --workers ${WORKERS:-3} --bind 0.0.0.0:${PORT:-8001} app:app\n",
            "backend/app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nENV PORT=9999\nRUN chmod +x start.sh\n"
                "CMD ./start.sh\n",
        },
        app="app:app", port=9999, workers=3, import_folders=("/a/backend",), file="backend/app.py",
    ),
    Case(
        name="PORT from outside",
        files={
            "app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nEXPOSE 8123\n"
                "CMD exec gunicorn --bind :$PORT --workers 1 app:app\n",
        },
        app="app:app", port=8123, noted=("PORT is set from outside",),
    ),
    Case(
        name="a Procfile and nothing else",
        files={
            "Procfile": "web: gunicorn app:app --log-file -\nworker: python worker.py\n",
            "app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "runtime.txt": "python-3.10.4\n",
            "requirements.txt": "Flask==2.0.1\ngunicorn\n",
        },
        app="app:app", server="gunicorn", python="3.10", base=None, workdir="/app",
        requirements=("Flask==2.0.1", "gunicorn"),
        copied=("/app/app.py",),
    ),
    Case(
        name="nothing says how it starts; waitress is installed",
        files={
            "src/api/main.py": "from flask import Flask\napi = Flask(__name__)\n",
            "requirements.txt": "flask\nwaitress\n",
        },
        app="src.api.main:api", server="waitress", form="guessed", port=8080, noted=("nothing says how",),
    ),
    Case(
        name="gunicorn's own configuration file",
        files={
            "gunicorn.conf.py": "import multiprocessing\nbind = '0.0.0.0:' + '8088'\nworkers = 3\nthreads = 2\n"
                "wsgi_app = 'web.app:app'\n",
            "web/app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nCMD gunicorn\n",
        },
        app="web.app:app", port=8088, workers=3, threads=2, file="web/app.py",
    ),
    Case(
        name="uwsgi with an ini file",
        files={
            "uwsgi.ini": "[uwsgi]\nmodule = hello:app\nhttp = :9090\nprocesses = 4\nmaster = true\n",
            "hello.py": "from flask import Flask\napp = Flask(__name__)\n",
            "Dockerfile": 'FROM python:3.9\nWORKDIR /a\nCOPY . .\nCMD ["uwsgi", "--ini", "uwsgi.ini"]\n',
        },
        app="hello:app", server="uwsgi", port=9090, workers=4,
    ),
    Case(
        name="supervisor",
        files={
            "supervisord.conf": "[supervisord]\nnodaemon=true\n[program:web]\n"
                "command=gunicorn -b 0.0.0.0:5000 app:app\n",
            "app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "Dockerfile": 'FROM python:3.9\nWORKDIR /a\nCOPY . .\nCOPY supervisord.conf /etc/\n'
                'CMD ["supervisord", "-c", "/etc/supervisord.conf"]\n',
        },
        app="app:app", server="gunicorn", port=5000,
    ),
    Case(
        name="an app inside a class, behind ProxyFix",
        files={
            "server.py": "from flask import Flask\nfrom werkzeug.middleware.proxy_fix import ProxyFix\nclass Server:\n"
            "    def __init__(self):\n        self.flask = Flask(__name__)\nserver = Server()\n"
            "app = ProxyFix(server.flask)\n",
            "Dockerfile": "FROM python:3.9\nWORKDIR /a\nCOPY . .\nCMD gunicorn server:app\n",
        },
        app="server:app", framework="flask", file="server.py",
    ),
    Case(
        name="Flask made inside main, where nothing can import it",
        files={
            "app.py": "from flask import Flask\ndef main():\n    app = Flask(__name__)\n    app.run()\nmain()\n",
            "Dockerfile": "FROM python:3.9\nWORKDIR /a\nCOPY . .\nCMD python app.py\n",
        },
        error="UnsupportedApp", says=("no server can import it", "app.py:4"),
    ),
    Case(
        name="code that does not parse",
        files={
            "app.py": "from flask import Flask\napp = Flask(__name__)\ndef broken(:\n",
            "Dockerfile": "FROM python:3.9\nWORKDIR /a\nCOPY . .\nCMD gunicorn app:app\n",
        },
        error="NotAService", says=("app.py:3", "does not parse"),
    ),
]  # fmt: skip
