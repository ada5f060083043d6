"""The commands of ``sentinel findings`` and their options. Every body imports what it needs."""

from __future__ import annotations

from typing import Annotated

import typer

findings = typer.Typer(help="The findings of a server (SENTINEL_API_URL).", rich_markup_mode=None)

FindingId = Annotated[str, typer.Argument(metavar="FINDING", help="An id; sentinel findings list shows them.")]
FindingIds = Annotated[list[str], typer.Argument(metavar="FINDING...", help="Ids; sentinel findings list shows them.")]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")]
Text = str | None


@findings.command("list")
def list_findings(
    status: Annotated[str, typer.Option(metavar="STATUS", help="open, ignored, resolved or all.")] = "open",
    severity: Annotated[Text, typer.Option(metavar="SEVERITY", help="Only of this severity.")] = None,
    rule: Annotated[Text, typer.Option(metavar="RULE", help="Only of this rule.")] = None,
    account: Annotated[Text, typer.Option(metavar="ACCOUNT", help="Only in this account.")] = None,
    service: Annotated[Text, typer.Option(metavar="SERVICE", help="Only of this service.")] = None,
    resource_id: Annotated[Text, typer.Option("--resource", metavar="ID", help="Only of this resource.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="How many at most.")] = 20,
    output_format: Form = "table",
) -> int:
    """The most money first, with the sum of all that match; exit 4 when something could not be seen."""
    from cli.findings import command

    asked = {"severity": severity, "rule": rule, "account": account, "service": service, "resource_id": resource_id}
    return command.list_findings({"status": status, **asked}, limit, output_format)


@findings.command()
def show(finding_id: FindingId, output_format: Form = "table") -> int:
    """One finding with its evidence and its history."""
    from cli.findings import command

    return command.show_finding(finding_id, output_format)


@findings.command()
def ignore(
    finding_ids: FindingIds,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why they are left as they are.")],
    until: Annotated[
        Text, typer.Option(metavar="DAY", help="The last day (UTC), as 2026-12-31; for ever when left out.")
    ] = None,
) -> int:
    """They count in no total until the day has passed."""
    from cli.findings import command

    return command.decide(finding_ids, {"status": "ignored", "reason": reason, "until": until})


@findings.command()
def resolve(finding_ids: FindingIds, note: Annotated[str, typer.Option(metavar="TEXT", help="What was done.")]) -> int:
    """They were dealt with; a later scan that sees them again opens them."""
    from cli.findings import command

    return command.decide(finding_ids, {"status": "resolved", "note": note})


@findings.command()
def reopen(finding_ids: FindingIds, note: Annotated[Text, typer.Option(metavar="TEXT", help="Why.")] = None) -> int:
    """Take back that they were ignored or called resolved."""
    from cli.findings import command

    return command.decide(finding_ids, {"status": "open", "note": note})
