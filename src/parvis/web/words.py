"""Words of the pages that no template holds: what was wrong with a form, what an app asks for, what was done."""

from collections.abc import Callable

from parvis.auth.scopes import ALL


def _gettext(text: str) -> str:
    """Marks a text for extraction; it is translated when the language is known."""
    return text


# By the API's error word.
FAULTS = {
    "ERR_BLANK": _gettext("This is needed."),
    "ERR_TAKEN": _gettext("This is already taken."),
    "ERR_RESERVED": _gettext("This name is reserved."),
    "ERR_INVALID": _gettext("This is not right."),
    "ERR_TOO_SHORT": _gettext("This is too short."),
    "ERR_TOO_LONG": _gettext("This is too long."),
    "ERR_TOO_MANY": _gettext("These are too many."),
    "ERR_TOO_LARGE": _gettext("This file is too large, or takes too long to process."),
    "ERR_BLOCKED": _gettext("Addresses of this provider are not accepted here."),
    "ERR_ACCEPTED": _gettext("Please accept this."),
    "ERR_BELOW_LIMIT": _gettext("You are too young to join."),
    "ERR_REFUSED": _gettext("The rules of this server do not allow this."),
    "ERR_INCLUSION": _gettext("This is not one of the choices."),
}
# By field, where the field says more than the word.
BY_FIELD = {
    ("username", "ERR_INVALID"): _gettext("Only letters, digits and underscores, please."),
    ("email", "ERR_INVALID"): _gettext("This is not an e-mail address."),
    ("login", "ERR_INVALID"): _gettext("Name or password is not right."),
    ("current_password", "ERR_INVALID"): _gettext("The current password is not right."),
    ("code", "ERR_INVALID"): _gettext("The code is not right, or was used before."),
    ("credential", "ERR_INVALID"): _gettext("The passkey was not accepted."),
    ("token", "ERR_INVALID"): _gettext("This link was used, or has run out."),
    ("invite_code", "ERR_INVALID"): _gettext("This invitation is unknown, used up or has run out."),
    ("form", "ERR_INVALID"): _gettext("That took too long. Please begin again."),
    ("file", "ERR_INVALID"): _gettext("This file could not be read as a picture (JPEG, PNG, GIF, WebP, AVIF or HEIC)."),
    ("rule", "ERR_BLANK"): _gettext("Please choose the rule that was broken."),
    ("media_ids", "ERR_INVALID"): _gettext("A picture is gone or was used in another post."),
}

FOLLOWERS = _gettext("Followers")
FOLLOWING = _gettext("Followed")
VOTERS = _gettext("Who voted for this")
ECHOERS = _gettext("Who echoed this")

SAVED = _gettext("Saved.")
PASSWORD_CHANGED = _gettext("Your password is changed; everything else was logged out.")
ADDRESS_CHANGED = _gettext("Your address is changed.")
ADDRESS_TO_CONFIRM = _gettext("We wrote to the new address: open the link in that message.")
CONFIRMED = _gettext("Your address is confirmed. Welcome!")
APP_OUT = _gettext("The app no longer has access.")
SESSION_ENDED = _gettext("That session is ended.")
DELETED = _gettext("Your account is being deleted. Farewell.")
REPORTED = _gettext("Thank you. A moderator will look at it.")

SCOPES = {
    "read": _gettext("read everything in your account"),
    "write": _gettext("change everything in your account, and post in your name"),
    "follow": _gettext("see and change whom you follow, block and mute"),
    "push": _gettext("send you notifications"),
    "profile": _gettext("see your name and profile"),
    "read:accounts": _gettext("see your account"),
    "read:blocks": _gettext("see whom you block"),
    "read:bookmarks": _gettext("see your bookmarks"),
    "read:collections": _gettext("see your collections"),
    "read:favourites": _gettext("see what you voted for"),
    "read:filters": _gettext("see your filters"),
    "read:follows": _gettext("see whom you follow"),
    "read:lists": _gettext("see your lists"),
    "read:mutes": _gettext("see whom you mute"),
    "read:notifications": _gettext("see your notifications"),
    "read:search": _gettext("search in your name"),
    "read:statuses": _gettext("see the posts that you can see"),
    "read:me": _gettext("see your name and profile"),
    "write:accounts": _gettext("change your profile"),
    "write:blocks": _gettext("block accounts"),
    "write:bookmarks": _gettext("bookmark posts"),
    "write:collections": _gettext("change your collections"),
    "write:conversations": _gettext("mute and delete conversations"),
    "write:favourites": _gettext("vote in your name"),
    "write:filters": _gettext("change your filters"),
    "write:follows": _gettext("follow accounts"),
    "write:lists": _gettext("change your lists"),
    "write:media": _gettext("upload pictures"),
    "write:mutes": _gettext("mute accounts and conversations"),
    "write:notifications": _gettext("clear your notifications"),
    "write:reports": _gettext("report to the moderators"),
    "write:statuses": _gettext("post in your name"),
    "admin": _gettext("administer this server"),
}


def faults(
    details: dict[str, list[tuple[str, str]]], translate: Callable[[str], str], names: dict[str, str]
) -> dict[str, list[str]]:
    """An error's faults as sentences by form field. `names` maps a field of the action to the form's."""
    found: dict[str, list[str]] = {}
    for field, parts in details.items():
        for word, _ in parts:
            text = BY_FIELD.get((field, word)) or FAULTS.get(word) or FAULTS["ERR_INVALID"]
            found.setdefault(names.get(field, field), []).append(translate(text))
    return found


def scope_words(scopes: tuple[str, ...] | list[str], translate: Callable[[str], str]) -> list[dict[str, object]]:
    """What scopes allow, in plain words; `strong` where something can be changed."""
    return [
        {
            "text": translate(SCOPES.get(scope, SCOPES["admin"])),
            "strong": scope.startswith(("write", "admin", "follow")),
        }
        for scope in scopes
        if scope in ALL
    ]
