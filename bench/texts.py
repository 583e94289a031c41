"""A bank of texts in French and English, each rendered once by the project's own code and then reused under other ids."""

import random
from datetime import UTC, datetime
from typing import NamedTuple

from parvis.kernel import markup
from parvis.posts import content as contents
from parvis.posts.types import Audience
from parvis.settings import Posting

_ENGLISH = str.split(
    "the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not "
    "what all were we when your can said there use an each which she do how their if will up other about out many then "
    "them these so some her would make like him into time has look two more write go see number no way could people my "
    "than first water been call who oil now find long down day did get come made may part bread market river morning "
    "garden street bicycle library winter music neighbour window kitchen train letter evening mountain"
)
_FRENCH = str.split(
    "le de un être et à il avoir ne je son que se qui ce dans en du elle au pour pas vous par sur faire plus dire me on "
    "mon lui nous comme mais pouvoir avec tout y aller voir bien où sans tu ou leur homme si deux mari moi vouloir te "
    "femme venir quand grand celui notre là jour prendre même votre tout rien petit encore aussi quelque dont mer pain "
    "marché rivière matin jardin rue vélo bibliothèque hiver musique voisin fenêtre cuisine train lettre soir montagne"
)
TAGS = [f"{word}{number or ''}" for number in range(4) for word in (*_ENGLISH[100:], *_FRENCH[80:]) if word.isalpha()]

# Stand-ins that are cut out of the rendered bytes and replaced for each post.
_ID, _PARENT, _PARENT_AUTHOR = 1111111111111111111, 2222222222222222222, 3333333333333333333
_NAME = "benchusername"
_MOMENT = datetime(2001, 2, 3, 4, 5, 6, 789000, UTC)
_ISO = "2001-02-03T04:05:06.789Z"


class Text(NamedTuple):
    """One text: what is stored of it, ready for COPY but for who and when."""

    source: str
    language: str
    audience: Audience
    tags: tuple[str, ...]
    alone: str  # hex of the body as a template: {id} {name} {iso}
    answering: str  # and as a reply: {parent} {parent_author} too
    document: str  # tsvector, filled in by the server
    config: str
    words: str
    folded: str


def make(rng: random.Random, limits: Posting) -> Text:
    """One text: most are short, some long; a third have a hashtag or two; few have a link."""
    language = rng.choice(("fr", "en"))
    words = _FRENCH if language == "fr" else _ENGLISH
    count = min(120, max(4, int(rng.lognormvariate(3.1, 0.6))))
    text = " ".join(rng.choice(words) for _ in range(count)).capitalize() + "."
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        text += f" #{TAGS[int(len(TAGS) ** rng.random()) - 1]}"
    if rng.random() < 0.08:
        text += f" https://example.org/{rng.getrandbits(40):x}"
    audience = rng.choices((Audience.PUBLIC, Audience.UNLISTED, Audience.FOLLOWERS), (85, 10, 5))[0]
    found = contents.check(text, "", 0, limits)
    content = contents.compose(text, "", found, (), (), "")
    search = contents.search_texts(content, (), language)

    def rendered(reply_to: tuple[int, int] | None) -> str:
        body = contents.body(
            post_id=_ID, username=_NAME, created_at=_MOMENT, audience=audience, content=content, sensitive=False,
            language=language, reply_to=reply_to, media=[], application=None,
        )  # fmt: skip
        return body.hex()

    return Text(
        text, language, audience, tuple(content.tags), rendered(None), rendered((_PARENT, _PARENT_AUTHOR)), "",
        search["search_config"], search["search_text"], search["search_folded"],
    )  # fmt: skip


def _hex(text: str) -> str:
    return text.encode().hex()


_HEX_ID, _HEX_NAME, _HEX_ISO = _hex(str(_ID)), _hex(_NAME), _hex(_ISO)
_HEX_PARENT, _HEX_PARENT_AUTHOR = _hex(str(_PARENT)), _hex(str(_PARENT_AUTHOR))


def body(text: Text, post_id: int, name: str, iso: str, parent: tuple[int, int] | None) -> str:
    """The body of a post with this text, in hex."""
    template = text.alone
    if parent is not None:
        template = text.answering.replace(_HEX_PARENT, _hex(str(parent[0])), 1)
        template = template.replace(_HEX_PARENT_AUTHOR, _hex(str(parent[1])), 1)
    return template.replace(_HEX_ID, _hex(str(post_id))).replace(_HEX_NAME, _hex(name)).replace(_HEX_ISO, _hex(iso), 1)


def displays() -> dict[str, str]:
    """Every hashtag of the bank, by its key."""
    return {markup.tag_key(tag): tag for tag in TAGS}
