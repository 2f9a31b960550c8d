"""Profiles and measurements to canonical JSON, the inverse of ``decode_choosing``."""

from __future__ import annotations

from dataclasses import fields

from caio.base.canonical import Json
from caio.base.numbers import format_number
from caio.ir import documents as d
from caio.ir.encode_terms import formula_json


def profile_json(profile: d.Profile) -> dict[str, Json]:
    """The canonical JSON of a profile."""
    weights = profile.weights
    names = [field.name for field in fields(weights)]
    return {
        "kind": "profile",
        "vocabulary": profile.vocabulary,
        "name": profile.name,
        "objective": profile.objective,
        "weights": {name: format_number(getattr(weights, name)) for name in names},
        "controls": [
            {
                "name": control.name,
                "excitation": format_number(control.excitation),
                "damping": format_number(control.damping),
            }
            for control in profile.controls
        ],
        "resolution": format_number(profile.resolution),
        "performance": list(profile.performance),
        "limits": {
            "available": [formula_json(f) for f in profile.limits.available],
            "routing_allowance": format_number(profile.limits.routing_allowance),
            "facts": list(profile.limits.facts),
            "solver_units": str(profile.limits.solver_units),
        },
        "optimality": "optional" if profile.optional_optimality else "required",
        "pins": dict(profile.pins),
    }


def measurements_json(measurements: d.Measurements) -> dict[str, Json]:
    """The canonical JSON of measurements."""
    return {
        "kind": "measurements",
        "vocabulary": measurements.vocabulary,
        "name": measurements.name,
        "procedure": measurements.procedure,
        "resolution": format_number(measurements.resolution),
        "inputs": dict(measurements.inputs),
        "intervals": {
            name: [format_number(end) for end in ends] for name, ends in measurements.intervals
        },
        "terms": {
            control: {
                "intent": terms.intent,
                "attention": terms.attention,
                "resonance": terms.resonance,
                "policy": dict(terms.policy),
            }
            for control, terms in measurements.terms
        },
    }
