"""Settings: frozen structs, from the environment (`PARVIS_…`) and one file (`<data>/parvis.toml`), in that order.

The environment's name of a setting is its path in capitals: `[http] port` is `PARVIS_HTTP_PORT`. What is unknown or of
the wrong type is refused with its name. Secrets are apart: they come from the environment or from files under `<data>/keys`.
"""

import os
import secrets as random
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from parvis.kernel.errors import ParvisError

Positive = Annotated[int, Meta(ge=1)]
Natural = Annotated[int, Meta(ge=0)]


class SettingsError(ParvisError):
    """A setting is not valid"""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of settings."""


class Site(Section, frozen=True):
    """What the network calls itself."""

    origin: Annotated[
        str, Meta(description="Public address, without a trailing slash; default: from host and port")
    ] = ""
    title: Annotated[str, Meta(description="Name of the network")] = "Parvis"
    description: Annotated[str, Meta(description="One or two sentences, shown on the front page")] = ""
    contact_email: Annotated[str, Meta(description="Where people and authorities write to")] = ""
    contact_account: Annotated[str, Meta(description="User name of the account that answers for the server")] = ""
    source_url: Annotated[str, Meta(description="Where the source code of this server is")] = ""
    languages: Annotated[tuple[str, ...], Meta(description="Languages of the server, most used first")] = ("en", "fr")


class Http(Section, frozen=True):
    """How the network is served."""

    host: Annotated[str, Meta(description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on")] = 8000
    processes: Annotated[int, Meta(ge=0, le=64, description="Web processes; 0: one per core, four at most")] = 0
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="Networks (CIDR) whose X-Forwarded-For is believed; none by default")
    ] = ()
    max_body: Annotated[Positive, Meta(description="Largest request body without a file, in bytes")] = 1_000_000
    body_timeout_s: Annotated[Positive, Meta(description="Time a client has to send its request, in seconds")] = 60


class DatabaseSettings(Section, frozen=True):
    """PostgreSQL."""

    url: Annotated[str, Meta(description="Any PostgreSQL 16 or newer; empty: the embedded one")] = ""
    pool: Annotated[Positive, Meta(description="Connections of one process")] = 8
    pool_timeout_s: Annotated[Positive, Meta(description="How long a request waits for a connection, in seconds")] = 5
    statement_timeout_s: Annotated[Positive, Meta(description="Longest statement, in seconds")] = 15
    shared_buffers_mb: Annotated[Positive, Meta(description="Embedded server: shared buffers, in MiB")] = 256
    max_connections: Annotated[Positive, Meta(description="Embedded server: connections")] = 100


class SignUp(Section, frozen=True):
    """Who may join."""

    mode: Annotated[Literal["open", "approval", "invitation", "closed"], Meta(description="Who may sign up")] = "open"
    message: Annotated[str, Meta(description="Shown where sign-up is closed")] = ""
    min_age: Annotated[Natural, Meta(description="Least age in years; 0: not asked")] = 0
    reserved_names: Annotated[tuple[str, ...], Meta(description="User names that nobody can take")] = (
        "admin", "administrator", "root", "support", "help", "abuse", "postmaster", "hostmaster", "webmaster",
        "security", "moderator", "mod", "staff", "api", "oauth", "auth", "settings", "about", "home", "public",
    )  # fmt: skip
    blocked_mail_domains: Annotated[tuple[str, ...], Meta(description="Mail domains that may not sign up")] = ()
    queue: Annotated[Positive, Meta(description="Sign-ups that may wait for password hashing in one process")] = 20_000
    hashing_threads: Annotated[Positive, Meta(description="Password hashes computed at once in one process")] = 2


class Passwords(Section, frozen=True):
    """argon2id, by RFC 9106's second recommended option scaled to what a small server can pay."""

    memory_kib: Annotated[int, Meta(ge=8, description="Memory of one hash, in KiB")] = 19_456
    passes: Annotated[Positive, Meta(description="Passes over the memory")] = 2
    lanes: Annotated[Positive, Meta(description="Lanes")] = 1
    least_length: Annotated[int, Meta(ge=8, description="Least length of a password")] = 8


class Sessions(Section, frozen=True):
    """Log-in and tokens."""

    days: Annotated[Positive, Meta(description="Days a browser session lasts without use")] = 60
    code_minutes: Annotated[Positive, Meta(description="Minutes an authorisation code is valid")] = 10
    password_grant: Annotated[
        bool, Meta(description="Allow the OAuth password grant (some command-line clients); never with a second factor")
    ] = False


class Posting(Section, frozen=True):
    """Bounds of posts and profiles."""

    max_characters: Annotated[Positive, Meta(description="Longest post, a link counting as 23")] = 1000
    max_media: Annotated[Positive, Meta(description="Pictures in one post")] = 4
    max_mentions: Annotated[Positive, Meta(description="Members that one post can mention")] = 50
    max_tags: Annotated[Positive, Meta(description="Hashtags that one post can carry")] = 30
    max_edits: Annotated[Positive, Meta(description="Edits of one post")] = 100
    max_pins: Annotated[Positive, Meta(description="Pinned posts of one account")] = 5
    thread_ancestors: Annotated[Positive, Meta(description="Ancestors shown in a thread")] = 200
    thread_descendants: Annotated[Positive, Meta(description="Replies shown in a thread")] = 400
    idempotency_hours: Annotated[Positive, Meta(description="Hours an idempotency key is remembered")] = 1
    display_name: Annotated[Positive, Meta(description="Longest display name")] = 50
    note: Annotated[Positive, Meta(description="Longest biography")] = 800
    fields: Annotated[Positive, Meta(description="Profile fields")] = 6
    field_name: Annotated[Positive, Meta(description="Longest name of a field")] = 255
    field_value: Annotated[Positive, Meta(description="Longest value of a field")] = 255
    max_follows: Annotated[Positive, Meta(description="Accounts that one member can follow")] = 7500


class Limits(Section, frozen=True):
    """Rate limits, counted over five minutes unless a name says otherwise; shared by the processes of a machine."""

    enabled: Annotated[bool, Meta(description="Off only for load tests: then the server says so loudly")] = True
    per_account: Annotated[Positive, Meta(description="Calls with one member's tokens")] = 1500
    per_address: Annotated[Positive, Meta(description="Calls without a token from one address (IPv6: one /64)")] = 600
    per_app: Annotated[Positive, Meta(description="Calls with one app's own token")] = 1500
    media_per_30min: Annotated[Positive, Meta(description="Uploads by one member in 30 minutes")] = 60
    posts_per_30min: Annotated[Positive, Meta(description="Posts by one member in 30 minutes")] = 150
    deletes_per_30min: Annotated[Positive, Meta(description="Deletions by one member in 30 minutes")] = 60
    reports_per_hour: Annotated[Positive, Meta(description="Reports by one member in an hour")] = 30
    follows_per_day: Annotated[Positive, Meta(description="Follows by one member in a day")] = 400
    searches: Annotated[Positive, Meta(description="Searches by one member or address")] = 120
    log_ins_per_account: Annotated[Positive, Meta(description="Failed log-ins to one account in an hour")] = 20
    log_ins_per_address: Annotated[Positive, Meta(description="Failed log-ins from one address in an hour")] = 60
    sign_ups_per_address: Annotated[Positive, Meta(description="Sign-ups from one address in an hour")] = 10
    mails_per_target: Annotated[Positive, Meta(description="Mails to one address in an hour")] = 5
    apps_per_address: Annotated[Positive, Meta(description="App registrations from one address")] = 30


class MediaSettings(Section, frozen=True):
    """Pictures: what is accepted, how they are processed, where they are stored."""

    max_bytes: Annotated[Positive, Meta(description="Largest upload, in bytes")] = 16 * 1024 * 1024
    max_pixels: Annotated[Positive, Meta(description="Most pixels of an uploaded picture")] = 33_177_600
    max_frames: Annotated[Positive, Meta(description="Most frames of an animation")] = 400
    stored_pixels: Annotated[Positive, Meta(description="Most pixels of the stored picture")] = 8_294_400
    preview_pixels: Annotated[Positive, Meta(description="Most pixels of the preview")] = 230_400
    max_description: Annotated[Positive, Meta(description="Longest alternative text")] = 1500
    workers: Annotated[Positive, Meta(description="Pictures processed at once in one process")] = 2
    timeout_s: Annotated[Positive, Meta(description="Time for one picture, in seconds")] = 20
    memory_mb: Annotated[Positive, Meta(description="Memory for one picture, in MiB")] = 1024
    unattached_hours: Annotated[Positive, Meta(description="Hours an upload waits for its post")] = 24
    base_url: Annotated[str, Meta(description="Public address of the media; empty: served by Parvis under /media")] = ""
    s3_bucket: Annotated[str, Meta(description="Bucket of an S3-compatible store; empty: the folder <data>/media")] = ""
    s3_endpoint: Annotated[str, Meta(description="Address of the S3-compatible store")] = ""
    s3_region: Annotated[str, Meta(description="Region of the store")] = "auto"
    s3_prefix: Annotated[str, Meta(description="Prefix of keys in the bucket")] = ""


class Moderation(Section, frozen=True):
    """Screening: what is written or uploaded passes the gate before it is seen."""

    detector_ms: Annotated[Positive, Meta(description="Time for a detector that waits, in milliseconds")] = 400
    batch_texts: Annotated[Positive, Meta(description="Most texts that the model judges together")] = 16
    queue: Annotated[Positive, Meta(description="Texts that may wait for the model in one process")] = 500
    authors: Annotated[Positive, Meta(description="Authors whose record one process keeps")] = 20_000
    author_s: Annotated[Positive, Meta(description="Seconds that an author's record is kept")] = 60
    decision_days: Annotated[Positive, Meta(description="Days that a decision counts against its author")] = 365
    max_note: Annotated[Positive, Meta(description="Longest note with a decision, and longest contestation")] = 2000
    report_comment: Annotated[Positive, Meta(description="Longest comment of a report")] = 1000
    report_posts: Annotated[Positive, Meta(description="Most posts in one report")] = 20
    report_weighed: Annotated[Positive, Meta(description="Most reporters of one post whose reports are weighed")] = 1000
    policy_kb: Annotated[Positive, Meta(description="Longest policy, in KiB")] = 256
    policy_rules: Annotated[Positive, Meta(description="Most rules in a policy")] = 500
    trial_posts: Annotated[Positive, Meta(description="Most posts on which a policy is tried at once")] = 50_000
    trial_s: Annotated[Positive, Meta(description="Seconds that a trial may take; it says how far back it came")] = 20
    trial_days: Annotated[Positive, Meta(description="Most days back that a policy is tried on")] = 90
    trial_examples: Annotated[Positive, Meta(description="Examples that a trial keeps for each rule")] = 10
    scan_batch: Annotated[Positive, Meta(description="Posts that a scan of the archive screens together")] = 1000
    scan_detector_ms: Annotated[
        Positive, Meta(description="Time for a detector that waits in a scan of the archive, in milliseconds")
    ] = 5_000
    scan_patience_s: Annotated[
        Positive, Meta(description="Seconds after which a silent worker of a scan loses its part")
    ] = 300
    screened_characters: Annotated[
        Positive, Meta(description="Characters of one text in which word lists and links are looked for")
    ] = 50_000
    language_percent: Annotated[
        int, Meta(ge=0, le=100, description="From which probability on, in percent, a text is said to be in a language")
    ] = 50
    language_characters: Annotated[
        Positive, Meta(description="Characters of what is written by which its language is told")
    ] = 1_000
    language_ms: Annotated[
        Positive, Meta(description="Time for loading what tells languages apart, in milliseconds")
    ] = 2_000
    language_s: Annotated[
        Positive, Meta(description="Seconds after which that goes from memory where only cases asked for it")
    ] = 600
    model_dir: Annotated[str, Meta(description="Folder of another model; empty: the one in the package")] = ""
    near_percent: Annotated[
        int, Meta(ge=50, le=100, description="How alike, in percent, a text is to be to a decided one")
    ] = 70
    near_candidates: Annotated[Positive, Meta(description="Decided texts that are compared, for each of 26 values")] = 5
    pdq_distance: Annotated[
        int, Meta(ge=0, le=31, description="In how many of 256 bits a picture may differ from a listed one")
    ] = 31
    pdq_quality: Annotated[
        int, Meta(ge=0, le=100, description="Least quality of a PDQ hash: below it pictures are not told apart")
    ] = 50
    endpoint_url: Annotated[
        str,
        Meta(
            description="Base address of an OpenAI-compatible server that judges texts, as `https://host/v1`; empty: none"
        ),
    ] = ""
    endpoint_model: Annotated[str, Meta(description="Name of the model there")] = ""
    endpoint_dialect: Annotated[
        Literal["moderations", "chat"],
        Meta(description="Which of its calls is used: a classifier's or a language model's"),
    ] = "moderations"
    endpoint_ms: Annotated[
        Positive, Meta(description="Time for one call there, in milliseconds; no more than `detector_ms`")
    ] = 350
    endpoint_characters: Annotated[Positive, Meta(description="Most characters of one subject that are sent there")] = (
        8_000
    )
    endpoint_rest_s: Annotated[
        Natural,
        Meta(description="Seconds that it is left alone after five failures in a row, or a 429 that names no time"),
    ] = 10
    endpoint_categories: Annotated[
        tuple[str, ...],
        Meta(description="What its categories are called here beside those that are known, as `toxicity=harassment`"),
    ] = ()
    folder_dir: Annotated[str, Meta(description="Folder of an ONNX text classifier of your own; empty: none")] = ""
    folder_pieces: Annotated[
        int, Meta(ge=8, le=512, description="Pieces of a text that it judges together, its beginning and end included")
    ] = 128
    folder_windows: Annotated[Positive, Meta(description="Such parts of one text, at most")] = 8
    folder_threads: Annotated[Positive, Meta(description="Threads that it computes with")] = 1


class OutboundSettings(Section, frozen=True):
    """Calls to other servers. Only the public network is called, but for services of your own that are named here."""

    allowed: Annotated[
        tuple[str, ...],
        Meta(
            description="Hosts, addresses and networks of your own that settings may name, as `127.0.0.1:9000`,"
            " `models.internal:8080` or `10.0.0.0/8`; what members link to is never sought there"
        ),
    ] = ()
    timeout_s: Annotated[Positive, Meta(description="Time for one call, redirects included, in seconds")] = 10
    max_bytes: Annotated[Positive, Meta(description="Largest answer, in bytes")] = 1024 * 1024
    redirects: Annotated[Natural, Meta(description="How often one call is sent on")] = 3
    connections: Annotated[Positive, Meta(description="Connections of one process")] = 100
    connections_per_host: Annotated[Positive, Meta(description="Connections of one process to one host")] = 8
    resolver_threads: Annotated[Positive, Meta(description="Names looked up at once in one process")] = 8


class Mail(Section, frozen=True):
    """Outgoing mail. Without a host no mail is sent and no address is confirmed."""

    host: Annotated[str, Meta(description="SMTP host; empty: no mail")] = ""
    port: Annotated[int, Meta(ge=1, le=65535, description="SMTP port")] = 587
    tls: Annotated[Literal["starttls", "implicit", "none"], Meta(description="How the connection is secured")] = (
        "starttls"
    )
    user: Annotated[str, Meta(description="SMTP user")] = ""
    sender: Annotated[str, Meta(description="From address")] = ""


class Streaming(Section, frozen=True):
    """WebSocket and server-sent events."""

    max_sockets: Annotated[Positive, Meta(description="Streams on one process")] = 10_000
    per_account: Annotated[Positive, Meta(description="Streams of one member on one process")] = 20
    per_address: Annotated[Positive, Meta(description="Streams without a token from one address on one process")] = 20
    subscriptions: Annotated[Positive, Meta(description="Subscriptions of one socket")] = 25
    queue: Annotated[Positive, Meta(description="Frames that may wait for a slow reader before it is cut off")] = 200
    heartbeat_s: Annotated[Positive, Meta(description="Seconds between signs of life in server-sent events")] = 15
    visitors: Annotated[bool, Meta(description="Public streams without a token")] = True


class Caches(Section, frozen=True):
    """What one web process keeps warm."""

    posts_mb: Annotated[Positive, Meta(description="Rendered posts, in MiB")] = 16
    accounts: Annotated[Positive, Meta(description="Rendered accounts")] = 4_000
    viewers: Annotated[Positive, Meta(description="Members whose relations and home are kept")] = 2_000
    viewer_ids: Annotated[Positive, Meta(description="Ids kept in all viewers' sets together")] = 400_000
    tokens: Annotated[Positive, Meta(description="Tokens")] = 10_000
    windows: Annotated[Positive, Meta(description="Account, tag and thread windows")] = 4_000


class Logs(Section, frozen=True):
    """Structured logs to standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least level shown")] = "info"
    format: Annotated[Literal["auto", "text", "json"], Meta(description="auto: text on a terminal, else JSON")] = "auto"
    requests: Annotated[bool, Meta(description="A line for every request (errors always have one)")] = False
    metrics_token: Annotated[str, Meta(description="Bearer token of /metrics; empty: only from this machine")] = ""


class Secrets(Section, frozen=True):
    """Never shown, never logged."""

    key: Annotated[str, Meta(description="Key for signing and sealing (32 bytes in hex); made at the first start")] = ""
    mail_password: Annotated[str, Meta(description="SMTP password")] = ""
    s3_access_key: Annotated[str, Meta(description="Access key of the store")] = ""
    s3_secret_key: Annotated[str, Meta(description="Secret key of the store")] = ""
    endpoint_key: Annotated[str, Meta(description="Key of the server that judges texts")] = ""


class Settings(Section, frozen=True):
    """All settings of one process."""

    data_dir: Annotated[Path, Meta(description="Folder of everything that is kept")] = Path("data")
    site: Site = Site()
    http: Http = Http()
    database: DatabaseSettings = DatabaseSettings()
    sign_up: SignUp = SignUp()
    passwords: Passwords = Passwords()
    sessions: Sessions = Sessions()
    posting: Posting = Posting()
    limits: Limits = Limits()
    media: MediaSettings = MediaSettings()
    moderation: Moderation = Moderation()
    outbound: OutboundSettings = OutboundSettings()
    mail: Mail = Mail()
    streaming: Streaming = Streaming()
    caches: Caches = Caches()
    logs: Logs = Logs()
    secrets: Secrets = Secrets()

    @property
    def origin(self) -> str:
        """Public address without a trailing slash."""
        return self.site.origin or f"http://{self.http.host}:{self.http.port}"

    @property
    def domain(self) -> str:
        """`host[:port]` of the public address, as accounts carry it."""
        return self.origin.split("://", 1)[-1]

    @property
    def media_base(self) -> str:
        """Where media files are found, without a trailing slash."""
        return self.media.base_url.rstrip("/") or f"{self.origin}/media"

    @property
    def mail_on(self) -> bool:
        """Whether mail can be sent, and so whether addresses are confirmed."""
        return bool(self.mail.host)


class Found(msgspec.Struct, frozen=True):
    """A setting, its value and where it came from: `default`, `environment PARVIS_…` or the file's path."""

    path: str
    value: Any
    source: str
    secret: bool


def sections() -> list[tuple[str, type[Section]]]:
    """Name and type of every section, in order."""
    hints = typing.get_type_hints(Settings)
    return [(name, kind) for name, kind in hints.items() if isinstance(kind, type) and issubclass(kind, Section)]


def describe(kind: type[Section]) -> list[tuple[str, Any, Any, str]]:
    """Name, type, default and meaning of each setting in a section."""
    hints = typing.get_type_hints(kind, include_extras=True)
    default = kind()
    found: list[tuple[str, Any, Any, str]] = []
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        metas = [m for m in getattr(hint, "__metadata__", ()) if isinstance(m, Meta)]
        text = next((m.description for m in reversed(metas) if m.description), "")
        bare = hint.__origin__ if hasattr(hint, "__metadata__") else hint
        found.append((field.name, bare, getattr(default, field.name), text))
    return found


def load_settings(env: Mapping[str, str], data_dir: Path | None = None) -> Settings:
    """The effective settings. SettingsError names what is unknown or wrong."""
    return trace_settings(env, data_dir)[0]


def trace_settings(env: Mapping[str, str], data_dir: Path | None = None) -> tuple[Settings, list[Found]]:
    """The effective settings, and where each value comes from."""
    folder = data_dir or Path(env.get("PARVIS_DATA_DIR", "data"))
    folder = folder.absolute()
    file = folder / "parvis.toml"
    from_file = _read_file(file)
    values: dict[str, Any] = {"data_dir": folder}
    trace: list[Found] = []
    known = {"PARVIS_DATA_DIR", "PARVIS_PROCESS", "PARVIS_ORIGIN_ID", "PARVIS_LISTEN_FD"}
    for name, kind in sections():
        given = from_file.pop(name, {})
        if not isinstance(given, dict):
            raise SettingsError(f"{file}: [{name}] must be a table.")
        chosen: dict[str, Any] = {}
        for setting, bare, default, _ in describe(kind):
            variable = f"PARVIS_{name}_{setting}".upper()
            known.add(variable)
            value, source = default, "default"
            if setting in given:
                value, source = given.pop(setting), str(file)
                chosen[setting] = value
            if variable in env:
                value, source = _from_text(env[variable], bare), f"environment {variable}"
                chosen[setting] = value
            if name == "secrets" and setting == "key" and setting not in chosen:
                key = folder / "keys" / "secret"
                if key.exists():
                    chosen[setting], source = key.read_text(encoding="ascii").strip(), str(key)
            trace.append(Found(f"{name}.{setting}", value, source, name == "secrets" or setting == "metrics_token"))
        if given:
            raise SettingsError(f"{file}: [{name}] {next(iter(given))} is not a setting.")
        values[name] = _convert(chosen, kind, name)
    if from_file:
        raise SettingsError(f"{file}: [{next(iter(from_file))}] is not a section of settings.")
    for variable in env:
        if variable.startswith("PARVIS_") and variable not in known and not variable.startswith("PARVIS_TEST_"):
            raise SettingsError(f"The environment variable {variable} is not a setting of Parvis.")
    return Settings(**values), trace


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def _from_text(text: str, kind: Any) -> Any:
    if typing.get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool:
        return {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }.get(text.strip().lower(), text)
    return text


def _convert(chosen: dict[str, Any], kind: type[Section], name: str) -> Section:
    try:
        return msgspec.convert(chosen, kind, strict=False)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at ")
        field = where.strip("`$.") or "?"
        raise SettingsError(f"Setting {name}.{field} (PARVIS_{name.upper()}_{field.upper()}): {reason}.") from error


def ensure_key(data_dir: Path) -> str:
    """The server's secret key, made at the first start and readable by its owner only."""
    path = data_dir / "keys" / "secret"
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    key = random.token_hex(32)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key
