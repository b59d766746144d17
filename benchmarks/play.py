"""How long a rehearsal takes to begin and to end: with the demo company, and with 100,000 orders.

Run: ``.venv/bin/python benchmarks/play.py``. It works in a home of its own and leaves nothing behind.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import text

from services import embedded_postgres
from services.database import db, inside_world, read_session, transaction
from services.demo import load_demo
from services.migrate import migrate
from services.play.world import drop_world, make_world
from webapp.application import create_app
from webapp.cli.running import publish_library
from webapp.settings import Settings

ROUNDS = 7
_ORDERS = (
    "INSERT INTO orders (number, customer_id, state, recipient, phone, address, goods, amount, postage, carrier,"
    " tracking_number, ordered_at, changed_at) SELECT 'B' || n, 1, 'unprinted', '', '', '', '', 0, 0, '', '', now(),"
    " now() FROM generate_series(1, 100000) n"
)


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="huiqian-bench-play-"))
    app = create_app(
        Settings(
            home=home,
            database_url="",
            secret_key="benchmark",
            base_url="http://localhost",
            mail_url="",
            port=8000,
            demo=True,
        )
    )
    try:
        with app.app_context():
            migrate(db.engine)
            load_demo(now=datetime.now(UTC))
            publish_library()
            measure("the demo company")
            with transaction() as session:
                session.execute(text(_ORDERS))
            measure("100,000 orders")
            db.session.remove()
            db.engine.dispose()
    finally:
        embedded_postgres.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def measure(what: str) -> None:
    begun, ended = [], []
    for _ in range(ROUNDS):
        since = time.perf_counter()
        with transaction() as session:
            schema = make_world(session)
        begun.append(time.perf_counter() - since)
        with inside_world(schema):
            orders = read_session().scalar(text("SELECT count(*) FROM orders"))
        since = time.perf_counter()
        with transaction() as session:
            drop_world(session, schema)
        ended.append(time.perf_counter() - since)
    slowest = f"at most {max(begun):.2f}"
    print(f"{what}: begins in {median(begun):.2f} s ({slowest}), ends in {median(ended):.2f} s, {orders} orders")


if __name__ == "__main__":
    main()
