"""The one file that builds things and joins them."""

import asyncio
import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from parvis.accounts.cache import Accounts
from parvis.accounts.profile import Profiles
from parvis.accounts.rows import AccountRows
from parvis.accounts.site import SiteInfo
from parvis.accounts.suggestions import Suggestions
from parvis.api.routes import ROUTES as API_ROUTES
from parvis.auth.apps import Apps
from parvis.auth.attempts import Attempts
from parvis.auth.keys import Keys
from parvis.auth.letters import SEND_CONFIRMATION, SEND_RESET, Letters
from parvis.auth.log_in import LogIn
from parvis.auth.mail import Mailer
from parvis.auth.members import Members
from parvis.auth.oauth import OAuth
from parvis.auth.passkeys import Passkeys
from parvis.auth.passwords import Passwords
from parvis.auth.sealing import Sealer
from parvis.auth.second_factor import SecondFactor
from parvis.auth.sign_up import SignUp
from parvis.auth.tasks import clean_up
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.readiness import Readiness
from parvis.db.ring import Ring
from parvis.http.budgets import Budgets
from parvis.http.counters import Counters
from parvis.http.csrf import Csrf
from parvis.http.edge import Edge
from parvis.http.metrics import Metrics
from parvis.jobs.queue import Jobs, Periodic, Task
from parvis.kernel.errors import Forbidden, NotFound
from parvis.media.actions import Media
from parvis.media.process import Processor
from parvis.media.store import build_store
from parvis.moderation.decisions import Decisions
from parvis.moderation.explained import Explainer
from parvis.moderation.gate import Gate
from parvis.moderation.gone import post_gone
from parvis.moderation.language import Languages
from parvis.moderation.model.load import SHIPPED, ModelError, load_model
from parvis.moderation.policy.archive import Archive
from parvis.moderation.policy.versions import Policies as PolicyVersions
from parvis.moderation.queue import Queue
from parvis.moderation.recheck import Recheck
from parvis.moderation.reports import Reports
from parvis.moderation.scan import Scanner
from parvis.moderation.scans import JOB as SCAN_ARCHIVE
from parvis.moderation.scans import Scans
from parvis.moderation.screen import Screener
from parvis.moderation.sift import Sifter
from parvis.moderation.signals.author import Author
from parvis.moderation.signals.domains import load_domains
from parvis.moderation.signals.endpoint import build_endpoint
from parvis.moderation.signals.folder import build_folder
from parvis.moderation.signals.images import Hashes
from parvis.moderation.signals.links import Links
from parvis.moderation.signals.load import folders_of, load_lists
from parvis.moderation.signals.model import Judge, ModelDetector
from parvis.moderation.signals.near import Near
from parvis.moderation.signals.patterns import Patterns
from parvis.moderation.signals.registry import load_plugins
from parvis.moderation.signals.reports import Reported
from parvis.moderation.signals.shape import Shape
from parvis.moderation.statement import Statements
from parvis.moderation.trials import Trials
from parvis.moderation.types import Closing, Detector
from parvis.notifications.fan_out import notify_followers
from parvis.notifications.markers import Markers
from parvis.notifications.policy import Policies
from parvis.notifications.reads import Notifications
from parvis.outbound.client import Outbound
from parvis.posts.cache import Posts
from parvis.posts.create import TELL_FOLLOWERS, Publisher
from parvis.posts.delete import Eraser
from parvis.posts.depart import JOB as DELETE_ACCOUNT
from parvis.posts.depart import Departures
from parvis.posts.echo import Echoer
from parvis.posts.edit import Editor
from parvis.posts.emoji import Emojis
from parvis.posts.gate import Answer, Submission, Text
from parvis.posts.history import History
from parvis.posts.mark import Marker
from parvis.posts.people import People
from parvis.posts.release import Releaser
from parvis.posts.tags import Tags
from parvis.posts.thread import Threads
from parvis.posts.trends import Trends
from parvis.posts.vote import Voter
from parvis.relations.follow import Follows
from parvis.relations.hide import Hiding
from parvis.relations.lists import RelationLists
from parvis.relations.relationships import Relationships
from parvis.relations.viewer import Viewers
from parvis.search.accounts import AccountSearch
from parvis.search.posts import PostSearch
from parvis.search.tags import TagSearch
from parvis.settings import Settings
from parvis.timelines.account import AccountTimeline
from parvis.timelines.conversations import Conversations
from parvis.timelines.home import Home
from parvis.timelines.hub import Hub
from parvis.timelines.log import PostLog
from parvis.timelines.marked import Marked
from parvis.timelines.public import Public
from parvis.timelines.tag import TagTimeline
from parvis.web.assets import load_assets
from parvis.web.render import WEB, Site, build_templates
from parvis.web.routes import ROUTES as WEB_ROUTES
from parvis.web.shell import Shell

log = structlog.get_logger()


class Parvis:
    """Everything of one process, built from the settings."""

    def __init__(self, settings: Settings, *, ring: Ring, origin: int, process: int = 0, processes: int = 1) -> None:
        """`ring` is shared by the processes of this machine, which `origin` names; this is `process` of `processes`."""
        self.settings = settings
        s = settings
        self.db = Database(
            s.database.url,
            size=s.database.pool,
            timeout_s=s.database.pool_timeout_s,
            statement_timeout_s=s.database.statement_timeout_s,
        )
        self.metrics = Metrics()
        self.readiness = Readiness(self.db)
        self.outbound = Outbound(s.outbound, s.origin)
        self.changes = Changes(self.db, ring, origin)
        self.keys = Keys(self.db, self.changes, s.caches.tokens)
        self.accounts = Accounts(self.db, self.changes, s.caches.accounts, s.origin, s.media_base)
        sealer = Sealer(s.secrets.key)
        self.passwords = Passwords(s.passwords, s.sign_up.hashing_threads, s.sign_up.queue)
        self.attempts = Attempts(self.db, enabled=s.limits.enabled)
        self.media = Media(self.db, build_store(s), Processor(s.media), s.media)
        self.jobs = Jobs(s.database.url, self._tasks(), self._periodic())
        self.letters = Letters(self.db, self.changes, Mailer(s))
        self.apps = Apps(self.db, self._may_be_called)
        self.oauth = OAuth(self.changes, self.apps, s.sessions)
        self.judge, model_fault = self._judge()
        self.languages = Languages(s.moderation)
        self.screener = Screener(self._detectors(model_fault), s.moderation.detector_ms, self.languages)
        self.policy = PolicyVersions(
            self.db,
            self.changes,
            self.screener.signals.values(),
            ["language", *(detector.name for detector in self.screener.detectors)],
            s.moderation,
        )
        self.explainer = Explainer(self.judge)
        version = self.judge.model.version if self.judge else ""
        self.gate = Gate(
            self.screener, self.policy, self.explainer.evidence, self._locale, version, self.metrics.verdict
        )
        self.sign_up = SignUp(self.db, self.changes, self.passwords, self.jobs, s, self._may_be_called)
        self.members = Members(self.db, self.changes, self.passwords, self.attempts, self.jobs, s)
        self.second_factor = SecondFactor(self.db, self.changes, self.attempts, sealer, s.limits, s.site.title)
        self.log_in = LogIn(self.db, self.changes, self.members, self.passwords, self.attempts, self.second_factor, s)
        self.passkeys = Passkeys(self.db, self.changes, self.members, s.origin, s.site.title)
        self.csrf = Csrf(s)
        self.viewers = Viewers(self.db, self.changes, s.caches.viewers, s.caches.viewer_ids)
        self.posts = Posts(self.db, self.changes, self.accounts, s.caches.posts_mb * 1024 * 1024)
        most = (s.posting.thread_ancestors, s.posting.thread_descendants)
        self.threads = Threads(self.db, self.changes, self.posts, self.viewers, s.caches.windows, most)
        self.publisher = Publisher(
            self.db, self.changes, self.posts, self.viewers, self.gate, s.posting, s.domain, self.jobs
        )
        self.editor = Editor(self.db, self.changes, self.gate, s.posting, s.domain, s.media.max_description)
        self.post_history = History(self.db)
        self.site = SiteInfo(self.db, self.accounts, s.site.contact_account)
        self.reports = Reports(
            self.db,
            self.changes,
            self.accounts,
            self.posts,
            self.viewers,
            self.policy,
            Recheck(self.db, self.screener, self.explainer.evidence, Releaser(self.jobs), version),
            s.moderation,
        )
        self.decisions = Decisions(self.changes, Releaser(self.jobs), self.policy, s.moderation, self.reports.decided)
        self.archive = Archive(self.policy)
        self.trials = Trials(self.db, self.screener, self.policy, self.archive, s.moderation)
        self.queue = Queue(self.db)
        self.statements = Statements(self.db, self.archive)
        self.scanner = Scanner(
            self.db,
            self.changes,
            self.policy,
            Sifter(self.screener, self.judge.model if self.judge else None, s.moderation.scan_detector_ms),
            Releaser(self.jobs),
            model=version,
            batch=s.moderation.scan_batch,
            patience_s=s.moderation.scan_patience_s,
        )
        self.scans = Scans(self.db, self.changes, self.policy, self.scanner, self.jobs)
        self.eraser = Eraser(self.changes, self.media, post_gone)
        self.echoer = Echoer(self.db, self.changes)
        self.marker = Marker(self.changes, s.posting.max_pins)
        self.voter = Voter(self.db, self.changes)
        self.people = People(self.db, self.accounts)
        self.tags = Tags(self.db)
        self.trends = Trends(self.db)
        self.emojis = Emojis(self.db, self.changes, self.media)
        self.follows = Follows(self.changes, s.posting.max_follows)
        self.hiding = Hiding(self.changes)
        self.relationships = Relationships(self.db)
        self.relation_lists = RelationLists(self.db, self.accounts)
        self.suggestions = Suggestions(self.db, self.accounts)
        self.account_rows = AccountRows(self.db)
        self.profiles = Profiles(self.changes, self.media, self._ask_of_profile, s.posting, s.domain)
        self.notifications = Notifications(self.db, self.accounts, self.posts, self.viewers)
        self.policies = Policies(self.db, self.accounts, self.posts, self.viewers)
        self.markers = Markers(self.db)
        self.deleter = Departures(self.db, self.changes, self.jobs, self.media, self.eraser, self.echoer, self.voter)
        self.post_log = PostLog(self.changes)
        self.home = Home(self.db, self.posts, self.viewers, self.post_log)
        self.public = Public(self.db, self.changes, self.posts, self.viewers, self.post_log)
        self.account_timeline = AccountTimeline(
            self.db, self.changes, self.posts, self.viewers, self.post_log, s.caches.windows
        )
        self.tag_timeline = TagTimeline(self.db, self.posts, self.viewers)
        self.marked = Marked(self.db, self.posts, self.viewers)
        self.conversations = Conversations(self.db, self.accounts, self.posts, self.viewers)
        self.hub = Hub(self.changes, self.posts, self.viewers, self.conversations, self.notifications, self.keys)
        self.account_search = AccountSearch(self.db, self.accounts, s.domain)
        self.post_search = PostSearch(self.db, self.accounts, self.posts, self.account_search)
        self.tag_search = TagSearch(self.db)
        self.assets = load_assets(WEB / "static")
        site = Site(
            title=s.site.title,
            description=s.site.description,
            domain=s.domain,
            sign_up=s.sign_up.mode,
            languages=s.site.languages,
            max_characters=s.posting.max_characters,
            max_media=s.posting.max_media,
            max_description=s.media.max_description,
        )
        self.shell = Shell(s, build_templates(self.assets, site), self.accounts, self.notifications.unread)
        self.metrics.gauge("database_connections", "Connections of the pools", lambda: self.db.state().size)
        self.metrics.gauge("database_waiting", "Requests that wait for a connection", lambda: self.db.state().waiting)
        self.metrics.gauge("sign_ups_waiting", "Passwords that wait to be hashed", lambda: self.passwords.waiting)
        self.metrics.gauge("streams", "Open streams", lambda: len(self.hub.sockets))
        self.counters = Counters(s.data_dir / "run" / "limits", process, processes)
        self.budgets = Budgets(s.limits, self.counters)

    def _judge(self) -> tuple[Judge | None, str]:
        """What runs the model, or why there is none: then every text counts as not judged, and the policy says what
        happens to it."""
        s = self.settings.moderation
        try:
            model = load_model(Path(s.model_dir) if s.model_dir else SHIPPED)
        except ModelError as error:
            log.error("model_unusable", reason=str(error))
            return None, str(error)
        return Judge(model, most=s.batch_texts, queue=s.queue), ""

    def _detectors(self, model_fault: str) -> list[Detector]:
        s, folders = self.settings.moderation, folders_of(self.settings.data_dir)
        own: list[Detector] = [
            Shape(),
            Patterns(load_lists(folders).sure(), s.screened_characters),
            Links(load_domains(folders).sure(), s.screened_characters),
            ModelDetector(self.judge, model_fault),
            Near(self.db, s),
            Hashes(self.db, s),
            Author(self.db, self.changes, kept=s.authors, seconds=s.author_s, days=s.decision_days),
            Reported(self.db, s.report_weighed),
        ]
        own += [each for each in (build_endpoint(self.settings, self.outbound), build_folder(self.settings)) if each]
        return [*own, *load_plugins(self.settings, [each.name for each in own])]

    def _tasks(self) -> dict[str, Task]:
        """Jobs that are asked for, by name. Each may run again."""

        async def delete_account(account_id: int) -> None:
            await self.deleter.finish(account_id)

        async def notify_of_post(author_id: int, post_id: int) -> None:
            await notify_followers(self.changes, author_id, post_id)

        async def mail_confirmation(account_id: int, email: str) -> None:
            await self.letters.confirm(account_id, email)

        async def mail_reset(login: str) -> None:
            await self.letters.reset(login)

        async def scan_archive(scan_id: int) -> None:
            await self.scans.work(scan_id)

        return {
            DELETE_ACCOUNT: delete_account,
            TELL_FOLLOWERS: notify_of_post,
            SEND_CONFIRMATION: mail_confirmation,
            SEND_RESET: mail_reset,
            SCAN_ARCHIVE: scan_archive,
        }

    def _periodic(self) -> dict[str, Periodic]:
        """What runs by the clock."""

        async def clean_up_auth() -> None:
            await clean_up(self.db, self.changes)

        async def forget_keys() -> None:
            await self.publisher.forget_keys()

        async def resume_departures() -> None:
            await self.deleter.resume()

        async def end_mutes() -> None:
            await self.hiding.end_mutes()

        return {
            "purge_changes": Periodic("*/10 * * * *", self.changes.purge),
            "forget_idempotency_keys": Periodic("*/5 * * * *", forget_keys),
            "sweep_media": Periodic("17 * * * *", self.media.sweep),
            "end_mutes": Periodic("*/5 * * * *", end_mutes),
            "resume_departures": Periodic("27 4 * * *", resume_departures),
            "clean_up_auth": Periodic("37 * * * *", clean_up_auth),
        }

    async def _ask_of_profile(
        self, account_id: int, texts: tuple[tuple[str, str], ...], pictures: tuple[str, ...]
    ) -> None:
        """Profiles pass the same door as posts. There is no holding a part of one: it stays as it was, and a person looks."""
        verdict = await self.gate.ask(
            Submission(
                kind="profile",
                account_id=account_id,
                subject_id=account_id,
                texts=tuple(Text(field, text) for field, text in texts),
                media_hashes=pictures,
            )
        )
        if verdict.record is not None:
            async with self.db.transaction() as tx:
                await verdict.record.write(tx)
        if verdict.answer is not Answer.PUBLISH:
            raise Forbidden(verdict.reason or "This profile was refused by the rules of this server")

    async def _may_be_called(self, name: str, website: str = "") -> bool:
        """Names of members and apps pass it too. Nobody is there yet whose case it could be."""
        texts = tuple(text for text in (Text("name", name), Text("field_value", website)) if text.text)
        verdict = await self.gate.ask(Submission(kind="name", account_id=0, subject_id=0, texts=texts))
        return verdict.answer is Answer.PUBLISH

    async def _locale(self, account_id: int) -> str:
        """The language that a member is spoken to in."""
        try:
            return str((await self.members.find(account_id)).locale)
        except NotFound:
            return "en"

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Open what must be open, and close it again."""
        tasks: list[asyncio.Task[None]] = []
        try:
            await self.db.open()
            await self.policy.open()
            always = (self.changes.follow_table(), self.hub.run(), self.metrics.run())
            tasks += [asyncio.create_task(runs) for runs in always]
            yield
        finally:
            await _end(tasks)
            await self.policy.close()
            await self.outbound.close()
            await self.languages.close()
            for holder in (self.judge, *self.screener.detectors):
                if isinstance(holder, Closing):
                    holder.close()
            await self.db.close()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: a cancellation is lost where what a task waits for ends at the same moment."""
    while any(not task.done() for task in tasks):
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=0.2)


class Application:
    """The ASGI application: the edge, and the lifespan that opens and closes what is behind it."""

    def __init__(self, parvis: Parvis) -> None:
        self.parvis = parvis
        self._edge = Edge(
            parvis,
            parvis.settings,
            (*API_ROUTES, *WEB_ROUTES),
            parvis.keys,
            parvis.changes,
            parvis.budgets,
            parvis.shell,
            parvis.metrics,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, socket or lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self._edge(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            async with self.parvis.running():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            log.exception("start_failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})


def build(settings: Settings, *, process: int = 0, processes: int = 1) -> Parvis:
    """Everything of this process. The ring is the machine's, made by the supervisor, or our own where there is none."""
    run = settings.data_dir / "run"
    run.mkdir(parents=True, exist_ok=True)
    path = run / "ring"
    ring = Ring(path) if path.exists() else Ring.create(path)
    origin = int(os.environ.get("PARVIS_ORIGIN_ID") or secrets.randbits(62))
    return Parvis(settings, ring=ring, origin=origin, process=process, processes=processes)


def create_app(settings: Settings) -> Application:
    """The ASGI application of one web process."""
    process = int(os.environ.get("PARVIS_PROCESS", "0"))
    return Application(build(settings, process=process, processes=max(settings.http.processes, process + 1)))
