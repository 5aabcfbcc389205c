"""How fast a sale is approved on PostgreSQL, against the least that the database itself needs for it.

    python bench/approve.py [rounds]

One run, interleaved in rounds, every approval on a car of its own (a price paper in force, one agency fee: nine ledger
lines, two open items):

- *plain*: psycopg alone, hand-written SQL with its values at hand. It locks, reads and writes the same rows of the same tables as the engine
  does, one statement per table, and decides nothing.
- *engine*: `engine.run(Sale, id, "approve", actor)` in a unit of work: right, locks, checks, effects, entry, audit.
- *token*, *cookie*: `POST /api/v1/sale/<id>/approve` through gunicorn as README.md deploys it, by eight clients at once;
  set against *plain* by eight clients at once.

Figures are medians over the rounds of (rate ÷ rate of plain in the same round).
"""

import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import common
import psycopg

from app.database import unit_of_work
from app.extensions import db
from app.models import Sale
from app.queries import Actor
from app.workflows import engine
from tests import make
from tests.serving import Client, free_port, serving

ROUNDS = 7
PER_ROUND = 24
CLIENTS = 8
GUNICORN = ["--workers", "2", "--threads", "4", "app:create_app()"]


class Plain:
    """The same approval by hand: what any program would have to do in the database."""

    def __init__(self, url: str, user_id: int) -> None:
        self.connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))
        self.user_id = user_id

    def approve(self, sale_id: int) -> None:
        """Lock, read, write, commit."""
        with self.connection.transaction(), self.connection.cursor() as sql:
            sale = sql.execute("SELECT * FROM sale WHERE id = %s FOR UPDATE", (sale_id,)).fetchone()
            assert sale is not None
            of = {column.name: value for column, value in zip(sql.description or (), sale, strict=True)}
            holding = sql.execute(
                "SELECT * FROM holding WHERE id = %s FOR NO KEY UPDATE", (of["holding_id"],)
            ).fetchone()
            assert holding is not None
            at = {column.name: value for column, value in zip(sql.description or (), holding, strict=True)}
            fee = sql.execute(
                "SELECT charged, passed_on, party_id, fee_item_id FROM sale_fee WHERE sale_id = %s ORDER BY position",
                (sale_id,),
            ).fetchall()[0]
            sql.execute("SELECT key, value FROM setting").fetchall()
            period = sql.execute(
                "SELECT id, state FROM period WHERE month = %s FOR KEY SHARE", (f"{of['dated_on']:%Y-%m}",)
            ).fetchone()
            sql.execute("SELECT store_id FROM warehouse WHERE id = %s", (at["warehouse_id"],)).fetchone()
            price = sql.execute(
                "SELECT * FROM price_change WHERE holding_id = %s AND state = 'approved' AND effective_on <= %s "
                "ORDER BY effective_on DESC, id DESC LIMIT 1",
                (of["holding_id"], of["dated_on"]),
            ).fetchone()
            accounts: dict[str, int] = dict(sql.execute("SELECT purpose, id FROM account").fetchall())
            moved = sql.execute(
                "SELECT e.dated_on, sum(l.debit - l.credit) FROM journal_line l JOIN journal_entry e ON e.id = l.entry_id "
                "WHERE l.holding_id = %s AND l.account_id = %s GROUP BY e.dated_on",
                (of["holding_id"], accounts["inventory"]),
            ).fetchall()
            rates = sql.execute(
                "SELECT t.tax_kind, t.id, t.rate FROM tax_rate t JOIN company_profile c ON c.taxpayer = t.taxpayer "
                "WHERE t.tax_kind IN ('used_car', 'service') AND t.from_on <= %s AND (t.to_on IS NULL OR t.to_on >= %s)",
                (of["dated_on"], of["dated_on"]),
            ).fetchall()
            sql.execute("SELECT id, tax_kind FROM fee_item WHERE id = %s", (fee[3],)).fetchone()
            assert period is not None
            assert price is not None
            assert len(rates) > 1
            cost, rate = int(moved[0][1]), rates[0][1]
            sql.execute(
                "UPDATE holding SET closed_on = %s, closed_by = 'sale' WHERE id = %s", (of["dated_on"], at["id"])
            )
            sql.execute(
                "UPDATE sale SET list_price = %s, floor = %s, state = 'approved', approved_at = now(), approved_by_id = %s, version = version + 1 "
                "WHERE id = %s AND version = %s",
                (of["price"], of["price"], self.user_id, sale_id, of["version"]),
            )
            sql.execute("UPDATE vehicle SET status = 'sold' WHERE id = %s", (at["vehicle_id"],))
            entry = sql.execute(
                "INSERT INTO journal_entry (document_kind, document_id, number, revision, kind, dated_on, period_id, store_id, is_red, written_at, "
                "written_by_id) VALUES ('sale', %s, %s, %s, 'normal', %s, %s, %s, false, now(), %s) RETURNING id",
                (sale_id, of["number"], of["revision"], of["dated_on"], period[0], of["store_id"], self.user_id),
            ).fetchone()
            assert entry is not None
            owed, net = of["price"] + fee[0], fee[0] - fee[1]
            legs = [
                ("receivable", of["price"], 0, of["buyer_id"], None, None, None),
                ("sales", 0, of["price"] - 28900, None, at["id"], None, None),
                ("vat", 0, 28900, None, None, rate, of["price"]),
                ("receivable", fee[0], 0, of["buyer_id"], None, None, None),
                ("agency", 0, fee[1], fee[2], None, None, None),
                ("other_income", 0, net - 600, None, at["id"], None, None),
                ("vat", 0, 600, None, None, rate, net),
                ("cost_of_sales", cost, 0, None, at["id"], None, None),
                ("inventory", 0, cost, None, at["id"], None, None),
            ]
            sql.executemany(
                "INSERT INTO journal_line (entry_id, is_red, position, account_id, store_id, debit, credit, party_id, holding_id, tax_rate_id, "
                "taxed_gross) VALUES (%s, false, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (entry[0], n, accounts[purpose], of["store_id"], debit, credit, party, car, taxed_by, gross)
                    for n, (purpose, debit, credit, party, car, taxed_by, gross) in enumerate(legs)
                ],
            )
            items = [("receivable", of["buyer_id"], "D", owed), ("agency", fee[2], "C", fee[1])]
            sql.execute(
                "INSERT INTO open_item (document_kind, document_id, number, account_id, party_id, side, store_id, dated_on, due_on, amount, settled) "
                "VALUES ('sale', %s, %s, %s, %s, %s, %s, %s, %s, %s, 0), ('sale', %s, %s, %s, %s, %s, %s, %s, %s, %s, 0) "
                "ON CONFLICT (document_kind, document_id, account_id, party_id, side) DO UPDATE SET amount = excluded.amount",
                [
                    value
                    for purpose, party, side, amount in items
                    for value in (
                        sale_id,
                        of["number"],
                        accounts[purpose],
                        party,
                        side,
                        of["store_id"],
                        of["dated_on"],
                        of["due_on"],
                        amount,
                    )
                ],
            )
            sql.execute(
                "INSERT INTO audit (at, user_id, code, table_name, row_id, number, store_id, before, after, door) "
                "VALUES (now(), %s, 'sale.approved', 'sale', %s, %s, %s, %s, %s, 'page')",
                (
                    self.user_id,
                    sale_id,
                    of["number"],
                    of["store_id"],
                    '{"state": "draft", "revision": 1}',
                    '{"state": "approved", "revision": 1}',
                ),
            )


def one_after_another(approve: Callable[[int], None], sales: Sequence[int]) -> float:
    """Approvals a second by one client."""
    began = time.perf_counter()
    for sale in sales:
        approve(sale)
    return len(sales) / (time.perf_counter() - began)


def all_at_once(approvers: Sequence[Callable[[int], None]], sales: Sequence[int]) -> float:
    """Approvals a second by as many clients as there are `approvers`, the work shared out beforehand."""
    ready = threading.Barrier(len(approvers) + 1)

    def work(number: int) -> None:
        ready.wait()
        for sale in sales[number :: len(approvers)]:
            approvers[number](sale)

    with ThreadPoolExecutor(len(approvers)) as pool:
        running = [pool.submit(work, number) for number in range(len(approvers))]
        ready.wait()
        began = time.perf_counter()
        for one in running:
            one.result()
        return len(sales) / (time.perf_counter() - began)


def by_engine(actor: Actor) -> Callable[[int], None]:
    """As a door does it, without the door."""

    def approve(sale: int) -> None:
        with unit_of_work():
            engine.run(Sale, sale, "approve", actor)
        db.session.remove()

    return approve


def by_request(client: Client) -> Callable[[int], None]:
    """Through the API."""

    def approve(sale: int) -> None:
        status, content = client.call("POST", f"/api/v1/sale/{sale}/approve", {"version": 1})
        assert status == 200, content

    return approve


def main(rounds: int) -> int:
    """Measure and tell."""
    with common.company("postgresql") as place, place.app.app_context():
        port = free_port()
        with serving(
            place.url, place.home, [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN], port
        ):
            ways = ("plain", "engine", "plain8", "token", "cookie")
            sales = common.sale_drafts((rounds + 1) * PER_ROUND * len(ways))
            actor = make.person("boss")
            assert actor.user_id is not None
            plain = [Plain(place.url, actor.user_id) for _ in range(CLIENTS)]
            ask = {by: [by_request(Client(port, "boss", by=by)) for _ in range(CLIENTS)] for by in ("token", "cookie")}
            measure: dict[str, Callable[[Sequence[int]], float]] = {
                "plain": lambda some: one_after_another(plain[0].approve, some),
                "engine": lambda some: one_after_another(by_engine(actor), some),
                "plain8": lambda some: all_at_once([one.approve for one in plain], some),
                "token": lambda some: all_at_once(ask["token"], some),
                "cookie": lambda some: all_at_once(ask["cookie"], some),
            }
            rates: dict[str, list[float]] = {way: [] for way in ways}
            for number in range(rounds + 1):
                for way in ways:
                    batch = [sales.pop() for _ in range(PER_ROUND)]
                    rate = measure[way](batch)
                    if number:  # the first round warms up
                        rates[way].append(rate)
            for one in plain:
                one.connection.close()
    for way in ways:
        print(
            f"{way:<8} {statistics.median(rates[way]):7.1f} approvals/s   ({', '.join(f'{rate:.0f}' for rate in rates[way])})"
        )
    return common.tell(
        "approve",
        [
            common.Figure("engine / plain", share(rates["engine"], rates["plain"]), 0.33, "higher"),
            common.Figure(
                "request with token / plain, 8 clients", share(rates["token"], rates["plain8"]), 0.15, "higher"
            ),
            common.Figure(
                "request with cookie / plain, 8 clients", share(rates["cookie"], rates["plain8"]), 0.15, "higher"
            ),
        ],
    )


def share(rates: Sequence[float], of: Sequence[float]) -> float:
    """Median over the rounds of one rate over another."""
    return round(statistics.median(rate / base for rate, base in zip(rates, of, strict=True)), 3)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
