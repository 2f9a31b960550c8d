"""The command line: parse, call, render, and return a documented exit code."""
