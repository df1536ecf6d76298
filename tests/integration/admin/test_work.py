"""Jobs that were given up can be tried again; snapshots are listed and asked for once a form."""

from __future__ import annotations

import re

from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from syncserver.stores import jobs as job_store
from tests.support.admin_world import PASSWORD, Office
from tests.support.busy_office import Busy, kill_job
from tests.support.small_event import small_event


def test_a_job_that_was_given_up_shows_its_error_without_addresses(any_office: Office) -> None:
    job = kill_job(any_office)
    page = any_office.as_role(Role.ADMIN).get(any_office.at("jobs")).text
    assert "Send a mail" in page
    assert "refused" in page
    assert "jan@example.org" not in page
    assert f"jobs/{job}/retry" in page


def test_trying_again_makes_it_wait_and_a_second_time_says_so(any_office: Office) -> None:
    job, client = kill_job(any_office), any_office.as_role(Role.ADMIN)
    assert any_office.post(client, "jobs", f"jobs/{job}/retry").status_code == 303
    assert "Send a mail" in client.get(any_office.at("jobs?state=waiting")).text
    assert any_office.post(client, "staff/new", f"jobs/{job}/retry").status_code == 400


def test_an_event_sees_and_retries_only_its_own_jobs(any_office: Office) -> None:
    s, job = any_office.services, kill_job(any_office)
    other = import_event(s.db, s.clock, small_event(**{'key = "trial"': 'key = "other"'}))
    s.admin.staff.create("neighbour", "", other.event_id, [Role.ADMIN], PASSWORD)
    client = any_office.sign_in("neighbour")
    page = client.get("/admin/other/jobs").text
    assert "No job has failed" in page
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert token is not None
    reply = client.post(f"/admin/other/jobs/{job}/retry", data={"form_token": token[1]})
    assert reply.status_code == 400
    with s.db.read() as tx:
        assert job_store.counts_of_event(tx, any_office.event.id).dead == 1


def test_snapshots_are_listed_with_their_sizes_and_built_once_a_form(any_office: Office, busy: Busy) -> None:
    client = any_office.as_role(Role.ADMIN)
    page = client.get(any_office.at("snapshots")).text
    assert "kB" in page
    for _ in range(2):
        assert any_office.post(client, "snapshots", "snapshots/build", key="05" * 8).status_code == 303
    workers = any_office.services.workers()
    assert workers["snapshots"].run_all() == 1
    assert client.get(any_office.at("snapshots")).text.count("<time>") == 2
    assert busy.tickets


def test_the_page_says_when_lists_of_the_day_are_built(any_office: Office) -> None:
    page = any_office.as_role(Role.ADMIN).get(any_office.at("snapshots")).text
    assert "tickets were sold, or names and sizes put right, since the newest: not before it is 60 min old." in page


def test_a_supervisor_sees_snapshots_and_cannot_ask_for_one(any_office: Office) -> None:
    page = any_office.as_role(Role.SUPERVISOR).get(any_office.at("snapshots"))
    assert page.status_code == 200
    assert "Build one now" not in page.text
