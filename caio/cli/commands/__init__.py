"""The commands, one module each: parse, call, render, return an exit code."""
