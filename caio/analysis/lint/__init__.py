"""What is wrong with documents that compile: rules that do nothing, promises that nobody needs, services that nobody reaches.

Each kind of finding is a topic, asked over all requests. A finding rests on obligations that the checker accepted, and has a fix
where removing what was found changes no admission.
"""
