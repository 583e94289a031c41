"""Mail to members: a sentence and a link, in their language. Sent in a thread."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from typing import NamedTuple

import structlog

from parvis.settings import Settings

log = structlog.get_logger()

_TIMEOUT_S = 20


class Letter(NamedTuple):
    """Subject and body; `{name}`, `{site}` and `{link}` are filled in."""

    subject: str
    body: str


_CONFIRM = {
    "en": Letter(
        "Confirm your address for {site}",
        "Hello {name},\n\nwelcome to {site}. Open this address to confirm that this mailbox is yours:\n\n{link}\n\n"
        "If you did not sign up, ignore this letter: without confirmation the account goes away.\n",
    ),
    "fr": Letter(
        "Confirmez votre adresse pour {site}",
        "Bonjour {name},\n\nbienvenue sur {site}. Ouvrez cette adresse pour confirmer que cette boîte est la vôtre :\n\n"
        "{link}\n\nSi vous ne vous êtes pas inscrit, ignorez cette lettre : sans confirmation, le compte disparaît.\n",
    ),
}
_RESET = {
    "en": Letter(
        "A new password for {site}",
        "Hello {name},\n\nopen this address within an hour to choose a new password:\n\n{link}\n\n"
        "If you did not ask for it, ignore this letter: your password stays as it is.\n",
    ),
    "fr": Letter(
        "Un nouveau mot de passe pour {site}",
        "Bonjour {name},\n\nouvrez cette adresse dans l’heure pour choisir un nouveau mot de passe :\n\n{link}\n\n"
        "Si vous n’avez rien demandé, ignorez cette lettre : votre mot de passe reste le même.\n",
    ),
}


class Mailer:
    """Sends letters by SMTP."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def confirm(self, address: str, locale: str, name: str, key: str) -> None:
        """The letter that confirms an address."""
        await self._send(_CONFIRM, address, locale, name, f"{self._settings.origin}/auth/confirm?token={key}")

    async def reset(self, address: str, locale: str, name: str, key: str) -> None:
        """The letter with which a new password is chosen."""
        await self._send(_RESET, address, locale, name, f"{self._settings.origin}/auth/reset?token={key}")

    async def _send(self, letters: dict[str, Letter], address: str, locale: str, name: str, link: str) -> None:
        letter = letters.get(locale, letters["en"])
        words = {"name": name, "site": self._settings.site.title, "link": link}
        message = EmailMessage()
        message["Subject"] = letter.subject.format(**words).replace("\n", " ")
        message["From"] = self._settings.mail.sender or self._settings.site.contact_email
        message["To"] = address
        message.set_content(letter.body.format(**words))
        try:
            await asyncio.to_thread(self._deliver, message)
        except smtplib.SMTPRecipientsRefused:
            log.info("mail_refused")  # there is no such mailbox: trying again would not help

    def _deliver(self, message: EmailMessage) -> None:
        mail = self._settings.mail
        context = ssl.create_default_context()
        if mail.tls == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=_TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_S)
        with server:
            if mail.tls == "starttls":
                server.starttls(context=context)
            if mail.user:
                server.login(mail.user, self._settings.secrets.mail_password)
            server.send_message(message)
