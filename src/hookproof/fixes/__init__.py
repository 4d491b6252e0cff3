"""Text edits that mend a finding."""
