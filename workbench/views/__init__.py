"""The pages of the workbench: thin doors that ask the domain, let presenters word it, and render."""
