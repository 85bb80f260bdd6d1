"""The facts of this app that rules may ask about, by what they are about."""
