"""The assembly: settings, addresses, the tables of reactions and jobs, and the services a checkout runs by itself."""
