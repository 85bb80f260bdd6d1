"""Words that machines send: variables, checks, length and cost, and what each member reads."""
