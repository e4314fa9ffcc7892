"""The shop: list, search and buy."""
import json
import logging
import os
import sys
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import psycopg2
import psycopg2.extras
from flask import Flask, abort, jsonify, render_template_string, request
from werkzeug.exceptions import HTTPException

PAGE = """<!doctype html>
<title>Shop</title>
<h1>{{ title }}</h1>
<ul>{% for p in products %}<li>{{ p.name }}: {{ p.price }}</li>{% endfor %}</ul>
"""


class JsonLines(logging.Formatter):
    """One JSON object a line: a value cannot start a line of its own."""

    def format(self, record):
        time = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname, "service": "web", "event": record.getMessage()}
        return json.dumps(line | getattr(record, "fields", {}))


def make_logger():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("shop")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    return log


log = make_logger()


@contextmanager
def database():
    password = Path(os.environ.get("DB_PASSWORD_FILE", "/run/secrets/db-web-password")).read_text().strip()
    connection = psycopg2.connect(
        host=os.environ.get("DB_HOST", "db"),
        dbname="shop",
        user="shop_web",
        password=password,
        sslmode=os.environ.get("DB_SSLMODE", "prefer"),
        connect_timeout=5,
        cursor_factory=psycopg2.extras.RealDictCursor,
    )
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def whole_number(value, low, high):
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        abort(400)
    return value


def create_app(connect=database):
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 16 * 1024

    @app.after_request
    def headers(response):
        response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.errorhandler(HTTPException)
    def refused(error):
        log.warning("refused", extra={"fields": {"status": error.code, "route": str(request.url_rule)}})
        return jsonify(error=error.name), error.code

    @app.errorhandler(Exception)
    def failed(error):
        log.error("failed", extra={"fields": {"kind": type(error).__name__, "route": str(request.url_rule)}})
        return jsonify(error="Internal Server Error"), 500

    @app.get("/healthz")
    def healthz():
        return jsonify(status="ok")

    @app.get("/")
    def index():
        with connect() as cursor:
            cursor.execute("SELECT id, name, price FROM products ORDER BY id")
            return render_template_string(PAGE, title="Shop", products=cursor.fetchall())

    @app.get("/products")
    def products():
        with connect() as cursor:
            cursor.execute("SELECT id, name, price FROM products ORDER BY id")
            return jsonify([dict(p, price=str(p["price"])) for p in cursor.fetchall()])

    @app.get("/search")
    def search():
        q = request.args.get("q", "")[:100]
        pattern = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        with connect() as cursor:
            cursor.execute("SELECT id, name, price FROM products WHERE name ILIKE %s ORDER BY id", (pattern,))
            return render_template_string(PAGE, title=f"Results for {q}", products=cursor.fetchall())

    @app.post("/orders")
    def buy():
        order = request.get_json()
        if not isinstance(order, dict):
            abort(400)
        product = whole_number(order.get("product"), 1, 2**31 - 1)
        quantity = whole_number(order.get("quantity"), 1, 100)
        with connect() as cursor:
            cursor.execute(
                "INSERT INTO orders (product, quantity) SELECT id, %s FROM products WHERE id = %s RETURNING id",
                (quantity, product),
            )
            row = cursor.fetchone()
        if row is None:
            abort(404)
        log.info("order placed", extra={"fields": {"order": str(row["id"]), "product": product, "quantity": quantity}})
        return jsonify(id=str(row["id"])), 201

    @app.get("/orders/<uuid:order_id>")
    def order(order_id):
        with connect() as cursor:
            cursor.execute("SELECT id, product, quantity, state FROM orders WHERE id = %s", (str(order_id),))
            row = cursor.fetchone()
        if row is None:
            abort(404)
        return jsonify(dict(row, id=str(row["id"])))

    return app
