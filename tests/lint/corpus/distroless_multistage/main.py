from waitress import serve
