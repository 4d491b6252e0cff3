"""Names across files: scopes, definitions, bases, and which parts of the project are worth running."""
