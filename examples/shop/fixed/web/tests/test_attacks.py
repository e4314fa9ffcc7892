import json
import uuid

import pytest

from app import JsonLines, log

INJECTIONS = ["' OR '1'='1", "'; DROP TABLE orders; --", "' UNION SELECT usename, passwd FROM pg_shadow --"]
SCRIPTS = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7 * 191 }}"]


@pytest.mark.parametrize("attack", INJECTIONS)
def test_sql_injection_in_search_stays_a_value(client, cursor, attack):
    assert client.get("/search", query_string={"q": attack}).status_code == 200
    sql, values = cursor.calls[0]
    assert attack not in sql
    assert attack.replace("_", "\\_") in values[0]


@pytest.mark.parametrize("attack", INJECTIONS + ["1", 1.5, True, 0, 101, None, [1]])
def test_sql_injection_in_an_order_is_refused(client, cursor, attack):
    assert client.post("/orders", json={"product": 1, "quantity": attack}).status_code == 400
    assert cursor.calls == []


@pytest.mark.parametrize("attack", INJECTIONS)
def test_sql_injection_in_an_order_id_is_refused(client, cursor, attack):
    assert client.get(f"/orders/{attack}").status_code == 404
    assert cursor.calls == []


@pytest.mark.parametrize("attack", SCRIPTS)
def test_script_in_the_search_is_escaped(client, attack):
    page = client.get("/search", query_string={"q": attack}).get_data(as_text=True)
    assert "<script>" not in page and "<img" not in page and "1337" not in page


@pytest.mark.parametrize("attack", SCRIPTS)
def test_script_in_a_product_is_escaped(client, cursor, attack):
    cursor.rows = [{"id": 1, "name": attack, "price": 1}]
    page = client.get("/").get_data(as_text=True)
    assert "<script>" not in page and "<img" not in page and "1337" not in page


def test_pages_forbid_foreign_scripts(client):
    assert client.get("/").headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_an_error_tells_nothing_about_the_inside(client, cursor):
    def broken(*_):
        raise RuntimeError("password authentication failed for shop_web")

    cursor.execute = broken
    answer = client.get("/products")
    assert answer.status_code == 500
    assert "shop_web" not in answer.get_data(as_text=True)


def test_a_large_body_is_refused(client):
    assert client.post("/orders", data="x" * 20_000, content_type="application/json").status_code == 413


def test_a_log_line_cannot_be_forged():
    record = log.makeRecord("shop", 20, "", 0, "order\n{\"event\": \"forged\"}", None, None)
    assert len(JsonLines().format(record).splitlines()) == 1


def test_an_order_can_be_placed(client, cursor):
    cursor.rows = [{"id": uuid.UUID(int=7)}]
    answer = client.post("/orders", json={"product": 1, "quantity": 2})
    assert answer.status_code == 201
    assert json.loads(answer.data) == {"id": str(uuid.UUID(int=7))}
    assert cursor.calls[0][1] == (2, 1)
