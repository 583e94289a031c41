"""A browser without a window: keeps cookies, fills forms of our pages in and sends them with their CSRF token."""

import re
from http.cookies import SimpleCookie
from typing import Any

from tests.cast import Town
from tests.client import Answer, Client

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
PASSWORD = "correct horse"


class Browser:
    """One person's browser."""

    def __init__(self, town: Town) -> None:
        self._client = Client(town.app, town.loop)
        self.town = town
        self.cookies: dict[str, str] = {}
        self.name = ""  # who sits before it

    def get(self, path: str, **options: Any) -> Answer:
        """Open a page."""
        return self._call("GET", path, **options)

    def send(self, path: str, form: dict[str, Any], *, page: str = "", **options: Any) -> Answer:
        """Send a form as it stands on `page` (by default the address that it is sent to)."""
        token = _CSRF.search(self.get(page or path).text)
        assert token, f"no form on {page or path}"
        return self.send_bare(path, {**form, "csrf": token[1]}, **options)

    def send_bare(self, path: str, form: dict[str, Any], **options: Any) -> Answer:
        """Send fields that no page gave."""
        return self._call("POST", path, form=form, **options)

    def log_in(self, name: str, password: str = PASSWORD, *, following: str = "") -> Answer:
        """The log-in form."""
        return self.send("/auth/log-in", {"login": name, "password": password, "next": following})

    def _call(self, method: str, path: str, **options: Any) -> Answer:
        headers = dict(options.pop("headers", {}))
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.town.run(self._client.call(method, path, headers=headers, **options))
        for name, morsel in SimpleCookie(answer.headers.get("set-cookie", "")).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        return answer


def register(town: Town, *, scopes: str = "read write follow push", **more: Any) -> dict[str, Any]:
    """A new app, as its registration answers."""
    form = {"client_name": "Toot", "redirect_uris": "https://app.test/back", "scopes": scopes, **more}
    answer = town.visitor.post("/api/v1/apps", json=form)
    assert answer.status == 200, answer.text
    return answer.json


def app_token(town: Town, app: dict[str, Any], scope: str = "read write follow push") -> Client:
    """A client with the app's own token."""
    form = {"grant_type": "client_credentials", "scope": scope}
    answer = town.visitor.post("/oauth/token", form={**form, **credentials(app)})
    assert answer.status == 200, answer.text
    return Client(town.app, town.loop, answer.json["access_token"])


def credentials(app: dict[str, Any]) -> dict[str, str]:
    """The app's id and secret as parameters."""
    return {"client_id": app["client_id"], "client_secret": app["client_secret"]}


def join(town: Town, name: str, **more: Any) -> Answer:
    """Sign up by an app of its own; the answer as it comes."""
    form = {"username": name, "email": f"{name}@mail.test", "password": PASSWORD, "agreement": True, **more}
    return app_token(town, register(town)).post("/api/v1/accounts", json=form)
