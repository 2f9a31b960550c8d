"""Findings, verdicts and waivers, and every form in which a run reports them: to people, pipelines and code hosts.

A run asks *questions* (``report.Question``); what it finds on the way are *findings* (``finding.Finding``), some of which are
waived for a time (``waivers``). Each format is a pure function of the report; ``outputs`` parses what a user wants where, and
writes it. Nothing here decides anything about documents, and nothing reads a clock or the environment.
"""
