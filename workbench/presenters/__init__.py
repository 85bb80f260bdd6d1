"""What the templates show, made from what the domain answers: words, links and figures, no rules."""
