"""A gateway that calls nothing which was not proved to be allowed, and proved best (docs/gateway.md)."""

import json
import sys
from wsgiref.simple_server import make_server

import caio

router = caio.Router(caio.load(*sys.argv[2:]), profile="balanced")


def call_model(routed: caio.Routed, values: dict) -> dict:
    return {"model": routed.service, "values": values, "decision": routed.decision_digest}


def gateway(environ, start_response):
    try:
        values = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        match router.route(environ["PATH_INFO"].strip("/"), values, facts="support_desk"):
            case caio.Routed() as routed:
                status, body = "200 OK", call_model(routed, values)
            case refused:
                status, body = "403 Forbidden", {"refused": dict(refused.refusals)}
    except (caio.InputError, ValueError) as error:
        status, body = "400 Bad Request", {"error": str(error)}
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


make_server("127.0.0.1", int(sys.argv[1]), gateway).serve_forever()
