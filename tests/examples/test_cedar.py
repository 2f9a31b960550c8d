"""``examples/cedar`` against Cedar itself: both decide alike in every situation that the vocabularies tell apart.

Cedar is asked about entities with hierarchies (users in teams in groups, documents in folders in folders), and the
policies below say what its examples say, action by action. Ours are read by the reference interpreter at the point that an
application would make of the same entities.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, product
from pathlib import Path
from typing import Any, Final

import cedarpy
import pytest

from caio.ir import documents as d
from caio.ir.interpret import Contract, Point, assumed, entails, truth
from caio.sema.project import Project, load_project

FOLDER: Final = Path(__file__).resolve().parents[2] / "examples" / "cedar"

GDRIVE: Final = """
permit (principal in Group::"viewers", action == Action::"read", resource in Folder::"outer");
permit (principal, action == Action::"read", resource) when { resource has isPublic && resource.isPublic };
permit (principal, action in [Action::"read", Action::"write", Action::"share"], resource)
  when { resource in principal.documents || resource in principal.folders };
permit (principal, action == Action::"change_owner", resource) when { principal.documents.contains(resource) };
permit (principal, action == Action::"create_document", resource) when { principal.folders.contains(resource) };
"""
GITHUB: Final = """
permit (principal, action in [Action::"pull", Action::"fork"], resource) when { principal in resource.reader };
permit (principal, action in [Action::"edit_issue", Action::"delete_issue"], resource)
  when { principal in resource.repo.reader && principal == resource.reporter };
permit (principal, action == Action::"assign_issue", resource) when { principal in resource.repo.triager };
permit (principal, action == Action::"push", resource) when { principal in resource.writer };
permit (principal, action == Action::"edit_issue", resource) when { principal in resource.repo.writer };
permit (principal, action == Action::"delete_issue", resource) when { principal in resource.repo.maintainer };
permit (principal, action, resource)
  when { ["add_reader", "add_triager", "add_writer", "add_maintainer", "add_admin"].contains(context.name)
         && principal in resource.admin };
"""
TODO: Final = """
permit (principal, action in [Action::"create_list", Action::"get_lists"], resource == App::"todo");
permit (principal, action, resource is List) when { resource.owner == principal };
permit (principal, action == Action::"get_list", resource)
  when { principal in resource.readers || principal in resource.editors };
permit (principal, action in [Action::"update_list", Action::"create_task", Action::"update_task",
                              Action::"delete_task"], resource) when { principal in resource.editors };
"""
ADMINS: Final = """
permit (principal in Team::"admin", action, resource in App::"todo");
"""
FORBIDS: Final = """
forbid (principal in Team::"interns", action == Action::"create_list", resource == App::"todo");
forbid (principal, action, resource is List)
  unless { principal.joblevel > 6 && principal.place like "def*" || principal.place == resource.owner.place };
"""


@dataclass(frozen=True)
class Situation:
    """A caller and a resource: entities for Cedar, and the point that says the same."""

    entities: tuple[dict[str, Any], ...]
    principal: str
    resource: str
    point: Point


def entity(uid: str, parents: Iterable[str] = (), **attributes: Any) -> dict[str, Any]:
    return {
        "uid": reference(uid),
        "parents": [reference(one) for one in parents],
        "attrs": attributes,
    }


def reference(uid: str) -> dict[str, str]:
    kind, _, name = uid.partition("::")
    return {"type": kind, "id": name.strip('"')}


def link(uid: str) -> dict[str, Any]:
    return {"__entity": reference(uid)}


def subsets(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    every = tuple(names)
    return chain.from_iterable(combinations(every, size) for size in range(len(every) + 1))


def gdrive() -> Iterator[Situation]:
    ways = product(
        subsets(("viewer", "owner", "owner_above")), ("document", "folder"), (False, True)
    )
    for number, (ties, kind, public) in enumerate(ways):
        user = f'User::"u{number}"'
        own = f'{kind.capitalize()}::"r{number}"'
        inner, above = f'Folder::"inner{number}"', f'Folder::"above{number}"'
        folders = [above] * ("owner_above" in ties) + [own] * ("owner" in ties and kind == "folder")
        documents = [own] * ("owner" in ties and kind == "document")
        entities = (
            entity(f'Group::"team{number}"', ['Group::"viewers"']),
            entity(
                user,
                [f'Group::"team{number}"'] * ("viewer" in ties),
                documents=[link(one) for one in documents],
                folders=[link(one) for one in folders],
            ),
            entity(above, ['Folder::"outer"']),
            entity(inner, [above]),
            entity(own, [inner], **({"isPublic": public} if kind == "document" else {})),
        )
        point: dict[str, d.Value] = {
            "request.kind": kind,
            "request.public": public,
            "fact.ties": ties,
        }
        yield Situation(entities, user, own, point)


def github() -> Iterator[Situation]:
    names = ("reader", "triager", "writer", "maintainer", "admin")
    groups = {name: link(f'Group::"{name}"') for name in names}
    for number, (held, kind, reporter) in enumerate(
        product(subsets(names), ("repository", "issue"), (False, True))
    ):
        user, repo, issue = f'User::"u{number}"', f'Repo::"r{number}"', f'Issue::"i{number}"'
        entities = (
            *(entity(f'Team::"{name}{number}"', [f'Group::"{name}"']) for name in names),
            entity(user, [f'Team::"{name}{number}"' for name in held]),
            entity(repo, **groups),
            entity(issue, repo=link(repo), reporter=link(user if reporter else 'User::"else"')),
        )
        point: dict[str, d.Value] = {
            "request.kind": kind,
            "fact.groups": held,
            "fact.reporter": reporter,
        }
        yield Situation(entities, user, repo if kind == "repository" else issue, point)


def tinytodo() -> Iterator[Situation]:
    app = 'App::"todo"'
    ways = product(
        subsets(("owner", "reader", "editor")),
        subsets(("admin", "interns", "temp")),
        (6, 7),
        ("def1", "def2", "was17"),
        (False, True),
        ("application", "list"),
    )
    for number, (ties, teams, level, place, near, kind) in enumerate(ways):
        if "owner" in ties and not near:
            continue  # Whoever owns a list is where its owner is.
        user, owner, todo = f'User::"u{number}"', f'User::"o{number}"', f'List::"l{number}"'
        readers, editors = f'Team::"readers{number}"', f'Team::"editors{number}"'
        shares = [readers] * ("reader" in ties) + [editors] * ("editor" in ties)
        entities = (
            entity(user, [f'Team::"{t}"' for t in teams] + shares, joblevel=level, place=place),
            entity(owner, joblevel=0, place=place if near else "sea33"),
            entity(
                todo,
                [app],
                owner=link(user if "owner" in ties else owner),
                readers=link(readers),
                editors=link(editors),
            ),
        )
        point: dict[str, d.Value] = {
            "request.kind": kind,
            "fact.ties": ties,
            "fact.teams": teams,
            "fact.joblevel": Fraction(level),
            "fact.place": place,
            "fact.at_owners_place": near,
        }
        yield Situation(entities, user, app if kind == "application" else todo, point)


def admits(project: Project, service: d.Service, point: Point) -> bool:
    """What the contracts and rules of the example say of one action."""
    contract = Contract(project.vocabularies[0], service)
    return assumed(contract, point) and all(
        truth(rule.when, point) is False
        or all(entails(atom, contract, point) for atom in rule.then)
        for rule in project.rules
    )


@pytest.mark.parametrize(
    ("folder", "files", "policy", "situations"),
    [
        pytest.param("gdrive", ["policy"], GDRIVE, gdrive, id="gdrive"),
        pytest.param("gdrive", ["rewritten"], GDRIVE, gdrive, id="gdrive, rewritten"),
        pytest.param("github", ["policy"], GITHUB, github, id="github"),
        pytest.param("github", ["policy", "redundant"], GITHUB, github, id="github, redundant"),
        pytest.param("tinytodo", ["policy"], TODO, tinytodo, id="tinytodo"),
        pytest.param("tinytodo", ["admins"], TODO + ADMINS, tinytodo, id="tinytodo, 4"),
        pytest.param(
            "tinytodo", ["policy", "forbids"], TODO + FORBIDS, tinytodo, id="tinytodo, 5 6"
        ),
        pytest.param(
            "tinytodo",
            ["admins", "forbids"],
            TODO + ADMINS + FORBIDS,
            tinytodo,
            id="tinytodo, 4 5 6",
        ),
    ],
)
def test_cedar_allows_what_is_admitted(
    folder: str, files: list[str], policy: str, situations: Any, tmp_path: Path
) -> None:
    paths = [str(FOLDER / folder / f"{name}.caio") for name in ["app", *files]]
    project = load_project(paths, cache=tmp_path)
    asked, ours = [], []
    entities: dict[str, dict[str, Any]] = {}
    for situation in situations():
        entities |= {json.dumps(one["uid"]): one for one in situation.entities}
        for service in project.services:
            # The schema: an action is never asked of another kind of resource, and the contract assumes the same.
            if not assumed(Contract(project.vocabularies[0], service), situation.point):
                continue
            asked.append(
                {
                    "principal": situation.principal,
                    "action": f'Action::"{service.name}"',
                    "resource": situation.resource,
                    "context": {"name": service.name},
                }
            )
            ours.append(admits(project, service, situation.point))
    answers = cedarpy.is_authorized_batch(asked, policy, list(entities.values()))
    theirs = [answer.allowed for answer in answers]
    assert not [error for answer in answers for error in answer.diagnostics.errors]
    differing = [a for a, mine, cedar in zip(asked, ours, theirs, strict=True) if mine != cedar]
    assert not differing, differing[:3]
    assert {True, False} == set(ours)
