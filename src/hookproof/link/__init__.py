"""From facts to cases: names across files, module values through scopes, hooks into worlds."""
