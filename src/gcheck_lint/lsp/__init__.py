"""The language server: `gclint server`. Needs pygls (the extra `lsp`), which nothing else of gclint imports."""
