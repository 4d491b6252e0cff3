"""The language server: what `hookproof check` finds, as people type."""
