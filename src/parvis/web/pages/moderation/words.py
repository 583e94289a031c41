"""Words of the moderators' pages that no template holds, by the word of the code."""


def _gettext(text: str) -> str:
    """Marks a text for extraction; it is translated when the language is known."""
    return text


CATEGORIES = {
    "minors": _gettext("Protection of minors"),
    "terrorism": _gettext("Terrorism"),
    "incitement": _gettext("Calls to violence"),
    "threat": _gettext("Threats"),
    "glorification": _gettext("Praise of violence"),
    "dehumanisation": _gettext("Dehumanisation"),
    "hate": _gettext("Hate"),
    "illegal": _gettext("Illegal content"),
    "harassment": _gettext("Harassment"),
    "spam": _gettext("Spam and fraud"),
    "other": _gettext("Other"),
}
EFFECTS = {
    "suspend": _gettext("hold, and stop the account"),
    "refuse": _gettext("refuse"),
    "hold": _gettext("hold for a person"),
    "blur": _gettext("show behind a click"),
    "limit": _gettext("keep out of public timelines"),
    "label": _gettext("label"),
    "queue": _gettext("publish, and have a person look"),
    "publish": _gettext("publish, and keep a record"),
}
ANSWERS = {
    "publish": _gettext("published"),
    "hold": _gettext("held"),
    "refuse": _gettext("refused"),
}
EVENTS = {
    "screened": _gettext("Screened"),
    "rescreened": _gettext("Screened again"),
    "released": _gettext("Released"),
    "upheld": _gettext("Upheld"),
    "reported": _gettext("Reported by a member"),
    "contested": _gettext("Contested by its author"),
    "deleted": _gettext("Deleted by its author"),
    "suspended": _gettext("Account stopped"),
    "resumed": _gettext("Account may write again"),
}
FIELDS = {
    "text": _gettext("Text"),
    "spoiler": _gettext("Content warning"),
    "alt": _gettext("Description of a picture"),
    "name": _gettext("User name"),
    "display_name": _gettext("Name"),
    "note": _gettext("About"),
    "field_name": _gettext("Name of a field"),
    "field_value": _gettext("Value of a field"),
    "poll_option": _gettext("Choice of a poll"),
}
REPORTS = {
    "spam": _gettext("spam"),
    "legal": _gettext("against the law"),
    "violation": _gettext("against a rule"),
    "other": _gettext("something else"),
}
KINDS = {"post": _gettext("A post"), "profile": _gettext("A profile"), "name": _gettext("A user name")}

RELEASED = _gettext("Released: no violation.")
UPHELD = _gettext("Upheld: a violation.")
RESUMED = _gettext("The account may write again.")
CONTESTED = _gettext("Thank you. A moderator will look at it.")
OWN = _gettext("This is yours: somebody else decides on it.")
GONE = _gettext("This case was decided meanwhile.")
DELETED = _gettext("Its author deleted it meanwhile: there is nothing to decide.")
SAVED = _gettext("Saved as a version. It holds from when it is activated.")
KNOWN = _gettext("This text is saved already: here is its version.")
ACTIVATED = _gettext("From now on this version holds.")
SCAN_BEGUN = _gettext("The scan has begun.")
SCAN_RESUMED = _gettext("One more worker goes on with the scan.")
SCAN_ENDED = _gettext("The scan is ended. What it did stays.")
SCAN_RUNNING = _gettext("Another scan is not over yet: end it first, or let it go on.")
TRIAL_RUNNING = _gettext("Another trial is running. Please try again when it is done.")
