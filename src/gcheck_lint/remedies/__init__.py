"""From a finding to the text edits that put it right."""
