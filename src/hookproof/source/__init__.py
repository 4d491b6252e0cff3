"""From paths to the text of the files that may matter: discovery, triage, decoding."""
