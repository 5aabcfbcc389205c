"""Commands: `flask init`, `flask import catalogue FILE`, `flask ledger check`, `flask translations update`, `flask docs`."""

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from app.database import one_moment, unit_of_work
from app.errors import Refused
from app.queries import SYSTEM

imports = AppGroup("import", help="Bring data in from files.")
books = AppGroup("ledger", help="The books.")
translations = AppGroup("translations", help="The languages.")
MOST_BREACHES = 20
"""How many sentences of one check are printed; the rest are counted."""


@click.command("init", help="Make the tables and, on a new database, the company; safe to repeat.")
@click.option("--demo", is_flag=True, help="Fill a new database with the demonstration lot.")
@with_appcontext
def init(demo: bool) -> None:
    """What run.py does before serving, for servers that are started otherwise."""
    from flask import current_app

    import config
    from app.setup import prepare

    try:
        prepared = prepare(current_app._get_current_object(), demo=demo, say=click.echo)  # type: ignore[attr-defined]  # the proxy's
    except config.Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    if prepared.admin_password:
        click.echo(f"admin  {prepared.admin_password}")
        click.echo("此密码只显示这一次，首次登录时须更改。 Shown this once; it must be changed at the first log-in.")
    for label, username, password in prepared.logins:
        click.echo(f"{username:<14} {password:<14} {label}")


@imports.command("catalogue", help="Import brands, makers, series and models from a CSV; again without duplicates.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def catalogue(file: Path) -> None:
    """Tell what was added and changed, then every line that wants a look; status 1 when lines were left out."""
    from app.catalogue_import import import_catalogue

    with click.progressbar(length=1, label="车型库") as bar:

        def progress(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(max(done, total == 0) - bar.pos)

        try:
            with unit_of_work():
                report = import_catalogue(file, SYSTEM.through("cli"), progress)
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from refusal
    click.echo(f"新增 added {report.added}, 更新 changed {report.changed}, 未变 unchanged {report.unchanged}")
    for line, sentence in report.remarks:
        click.echo(f"第 {line} 行：{sentence}")
    for line, sentence in report.faults:
        click.echo(f"第 {line} 行未导入：{sentence}", err=True)
    if report.faults:
        click.echo(f"未导入 left out {len(report.faults)}", err=True)
        raise SystemExit(1)


@books.command("check", help="Prove that the books hold together; status 1 when they do not.")
@with_appcontext
def check() -> None:
    """One line per invariant with its figures, then what breaks it."""
    from app.workflows.books import check_books

    with one_moment():
        findings = check_books()
    for finding in findings:
        click.echo(f"{'✓' if finding.ok else '✗'} {finding.number:>2} {finding.sentence}：{finding.figures}")
        for sentence in finding.breaches[:MOST_BREACHES]:
            click.echo(f"     {sentence}")
        if len(finding.breaches) > MOST_BREACHES:
            click.echo(f"     … {len(finding.breaches) - MOST_BREACHES}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


@translations.command(
    "update", help="Bring the English catalogue to the texts there are; status 1 while some are empty."
)
def update_translations() -> None:
    """New texts arrive empty, gone ones go; what is translated stays."""
    from app import i18n

    empty = i18n.update()
    for text in empty:
        click.echo(text)
    if empty:
        raise SystemExit(1)


@click.command("docs", help="Write docs/tables.md, states.md and rights.md anew from the code.")
@with_appcontext
def docs() -> None:
    """Tell which of them changed."""
    from app import docs_generate

    for path in docs_generate.write():
        click.echo(path.name)


def register(app: Flask) -> None:
    """Attach the commands to the application."""
    app.cli.add_command(init)
    app.cli.add_command(imports)
    app.cli.add_command(books)
    app.cli.add_command(translations)
    app.cli.add_command(docs)
