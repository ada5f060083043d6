"""The contracts: everything that crosses a process border. Imports nothing of ours."""
