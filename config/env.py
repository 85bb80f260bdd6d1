"""A small typed reader of environment variables: the one place that knows how a setting is spelled outside."""

import os
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


class SettingError(ValueError):
    """An environment variable cannot be understood; the text names it and says what was expected."""


def text(name: str, default: str = "") -> str:
    """The variable as text without surrounding blanks; ``default`` when unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """The variable as yes or no; raises SettingError for anything that is neither."""
    if name not in os.environ:
        return default
    value = os.environ[name].strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise SettingError(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    """The variable as a whole number, zero or more; raises SettingError otherwise."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise SettingError(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """The variable as a list: parts between commas, blanks removed."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(url: str, *, pool: int = 0, prepare: bool = False) -> dict[str, object]:
    """Django's DATABASES entry for ``postgres://user:password@host:port/name?option=value``.

    ``host`` may be a percent-encoded socket directory; the options after the question mark go to libpq as they are.
    ``pool`` is the largest number of connections of a pool for the many threads of a web process; 0 makes none, which
    suits a worker process: it has one thread and keeps its one connection. ``prepare`` lets the server keep the
    plans of what is sent through stores.prepared.
    Raises SettingError for another kind of database or an address without a name.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not name:
        raise SettingError("DATABASE_URL must look like postgres://user:password@host:5432/name (PostgreSQL only).")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", unquote(_host(parts.netloc)))
    if prepare:
        options["prepare_threshold"] = 0
    if pool:
        options["pool"] = {"min_size": 2, "max_size": pool, "timeout": 20}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": parts.port or "",
        "OPTIONS": options,
    }


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in; without a ``host`` none is sent. ``is_ssl`` is TLS from the first byte."""

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starts_tls: bool = False
    is_ssl: bool = False


def mail_server(url: str) -> MailServer:
    """The server of ``smtp://user:password@host:587`` (STARTTLS; ``?tls=0`` without) or ``smtps://host:465``.

    Nothing gives no server. Raises SettingError for anything else.
    """
    if not url:
        return MailServer()
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingError("EMAIL_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465.")
    is_ssl = parts.scheme == "smtps"
    tls = dict(parse_qsl(parts.query)).get("tls", "1").lower() in TRUE
    return MailServer(
        parts.hostname,
        parts.port or (465 if is_ssl else 587),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        starts_tls=tls and not is_ssl,
        is_ssl=is_ssl,
    )


def _host(netloc: str) -> str:
    """The host as written: urlsplit's own ``hostname`` is lower-cased, which would break a socket directory."""
    host = netloc.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
