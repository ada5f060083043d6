"""Costs on the command line: bills come in, figures go out."""
