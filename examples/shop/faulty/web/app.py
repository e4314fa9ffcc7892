"""The shop: list, search and buy."""
import logging
import os

import psycopg2
import psycopg2.extras
from flask import Flask, jsonify, request

app = Flask(__name__)
app.secret_key = "s3cr3t-shop-session-key"

logging.basicConfig(level=logging.DEBUG)
log = logging.getLogger("shop")

DB = {
    "host": os.environ.get("DB_HOST", "db"),
    "dbname": "shop",
    "user": "postgres",
    "password": os.environ.get("DB_PASSWORD", "Winter2024!"),
}


def query(sql):
    log.debug("SQL: %s", sql)
    conn = psycopg2.connect(**DB)
    conn.autocommit = True
    cur = conn.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
    cur.execute(sql)
    return cur.fetchall() if cur.description else []


@app.route("/")
def index():
    rows = query("SELECT id, name, price FROM products ORDER BY id")
    items = "".join("<li>%s: %s</li>" % (r["name"], r["price"]) for r in rows)
    return "<h1>Shop</h1><ul>" + items + "</ul>"


@app.route("/products")
def products():
    return jsonify(query("SELECT id, name, price FROM products ORDER BY id"))


@app.route("/search")
def search():
    q = request.args.get("q", "")
    rows = query("SELECT id, name, price FROM products WHERE name LIKE '%" + q + "%'")
    html = "<h1>Results for " + q + "</h1>"
    for r in rows:
        html += "<p>%s: %s</p>" % (r["name"], r["price"])
    return html


@app.route("/orders", methods=["POST"])
def buy():
    o = request.get_json(force=True)
    log.info("order from %s card %s token %s", o.get("email"), o.get("card"),
             request.headers.get("Authorization"))
    rows = query(
        f"INSERT INTO orders (product, quantity, email, card) VALUES "
        f"({o['product']}, {o['quantity']}, '{o.get('email', '')}', '{o.get('card', '')}') RETURNING id"
    )
    return jsonify(rows[0]), 201


@app.route("/orders/<id>")
def order(id):
    return jsonify(query(f"SELECT * FROM orders WHERE id = {id}"))


@app.route("/admin/export")
def export():
    table = request.args.get("table", "orders")
    return os.popen(f"PGPASSWORD={DB['password']} psql -h {DB['host']} -U postgres -c 'SELECT * FROM {table}' shop").read()


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8080, debug=True)
