"""What a person may ask of us: consent and its wording, looks at them written down, their data out, their data gone."""
