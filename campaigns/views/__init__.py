"""Pages of the campaigns band for members: wanting no more, and signing up. Nobody signs in here."""
