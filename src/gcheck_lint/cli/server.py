"""`gclint server`: the language server that editors start."""

from __future__ import annotations

import click

from gcheck_lint.errors import UsageError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--stdio", is_flag=True, help="Communicate over stdin and stdout (default)")
@click.option("--tcp", metavar="[HOST:]PORT", help="Listen on this port for one client instead")
@click.option("-v", "--verbose", is_flag=True, help="Log every message to stderr")
def server(stdio: bool, tcp: str | None, verbose: bool) -> int:
    """Start the language server for an editor."""
    if stdio and tcp is not None:
        raise UsageError("--stdio and --tcp cannot be used together")
    try:
        # pygls belongs to an extra, and takes 0.3 s to import
        from gcheck_lint.lsp import transport
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"pygls", "lsprotocol", "attrs", "cattrs"}:
            raise
        raise UsageError('the language server needs pygls 2: pip install "gcheck-lint[lsp]"') from error
    transport.log_to_stderr(verbose)
    if tcp is None:
        return transport.serve_stdio()
    return transport.serve_tcp(tcp)
