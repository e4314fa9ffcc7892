import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from app import create_app  # noqa: E402


class Cursor:
    """Remembers what reaches the database and answers with the rows given."""

    def __init__(self):
        self.calls = []
        self.rows = []

    def execute(self, sql, values=()):
        self.calls.append((sql, values))

    def fetchall(self):
        return self.rows

    def fetchone(self):
        return self.rows[0] if self.rows else None


@pytest.fixture
def cursor():
    return Cursor()


@pytest.fixture
def client(cursor):
    @contextmanager
    def connect():
        yield cursor

    return create_app(connect).test_client()
