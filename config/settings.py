"""Django settings. What differs between places comes from the environment; everything else is written here.

Read from the environment: CHANGKE_DEMO, CHANGKE_HTTPS, CHANGKE_VAR, SECRET_KEY, CHANGKE_FIELD_KEYS, ALLOWED_HOSTS,
CSRF_TRUSTED_ORIGINS, TRUST_PROXY, DATABASE_URL, DATABASE_POOL, DATABASE_PREPARE, IMPORT_CONNECTIONS, REDIS_URL,
CELERY_BROKER_URL, LOG_LEVEL, DEBUG, PUBLIC_URL, SMS_URL, SMS_KEY, SMS_PUSH_KEY, SMS_IDEMPOTENT, WECOM_URL,
WECOM_CORP_ID, WECOM_SECRET, EMAIL_URL, EMAIL_FROM, PROVIDERS_MAY_BE_PRIVATE; for tests TEST_DB_SUFFIX.
"""

import os
import sys
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from import_export.formats.base_formats import CSV

from config import catalogues, embedded, env, secret
from config.admin import UNFOLD as ADMIN_THEME
from config.audits import AUDITS as AUDIT_TABLE
from config.jobs import JOBS as JOB_TABLE
from config.jobs import PERIODS as PERIOD_TABLE
from config.personal import PERSONAL_DATA as PERSONAL_TABLE
from config.reactions import REACTIONS as REACTION_TABLE
from config.rest import REST_FRAMEWORK as REST
from config.rest import SPECTACULAR_SETTINGS as API_SCHEMA

# Names are spelled character by character; the dictionary of phrases would cost each process 70 MB and a second.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("CHANGKE_VAR", str(BASE_DIR / "var"))).resolve()
TESTING = "pytest" in sys.modules

# --- Where we are ------------------------------------------------------------------------------------------------
DEMO = env.flag("CHANGKE_DEMO")
DEBUG = env.flag("DEBUG")
HTTPS = env.flag("CHANGKE_HTTPS", default=not (DEMO or DEBUG or TESTING or not env.text("SECRET_KEY")))
VERSION = "0.1.0"
SECRET_KEY = env.text("SECRET_KEY") or secret.demo_key(VAR_DIR / "secret")
FIELD_KEYS = env.words("CHANGKE_FIELD_KEYS") or [secret.demo_key(VAR_DIR / "field-key")]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "*" if DEMO else "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# --- What we are made of -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_filters",
    "django_htmx",
    "csp",
    "pgtrigger",
    "pghistory",
    "stores",
    "members",
    "coupons",
    "campaigns",
    "workbench",
    "config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.Packed",
    "config.middleware.ContentPolicy",
    "config.middleware.admin_content_policy",
    "config.middleware.Sessions",
    "config.middleware.chosen_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "workbench.middleware.session_limits",
    "workbench.middleware.private_pages",
    "config.middleware.People",
    "config.middleware.named_authors",
    "config.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.Htmx",
    "workbench.middleware.Refusals",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
SERVED_APPLICATION = "config.served.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "workbench.context.shell",
            ],
        },
    },
]
CELERY_APP = "config.celery:app"
BELL_PAUSE = 0 if TESTING else 0.05  # seconds in which news of many transactions is gathered for one message
REACTIONS = REACTION_TABLE
JOBS = JOB_TABLE
PERIODS = PERIOD_TABLE
AUDITS = AUDIT_TABLE
PERSONAL_DATA = PERSONAL_TABLE
UNFOLD = ADMIN_THEME

# --- Data --------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_URL = env.text("DATABASE_URL") or embedded.use(VAR_DIR / "postgres")
DATABASE_POOL = env.number("DATABASE_POOL", 0)
DATABASE_PREPARE = env.flag("DATABASE_PREPARE", default=True)
DATABASES = {
    "default": {
        **env.database(DATABASE_URL, pool=DATABASE_POOL, prepare=DATABASE_PREPARE),
        "CONN_MAX_AGE": 0 if DATABASE_POOL or TESTING else 300,
        "CONN_HEALTH_CHECKS": not DATABASE_POOL,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "TEST": {"NAME": f"test_changke{env.text('TEST_DB_SUFFIX')}"},
    }
}
# The transaction of a test can be seen over its own connection alone.
IMPORT_CONNECTIONS = env.number("IMPORT_CONNECTIONS", 1 if TESTING else 2)
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- People ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "stores.Staff"
AUTHENTICATION_BACKENDS = ["stores.rights.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

# --- Language and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "theme"]  # the first one wins
catalogues.compile_stale(LOCALE_PATHS)
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Files -------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "config.storage.StaticFiles"
    },
}
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "workbench.sheets.JoinedSheets",
]
WHITENOISE_USE_FINDERS = TESTING or DEBUG
WHITENOISE_AUTOREFRESH = TESTING or DEBUG  # files are looked for when asked for, not listed by every client of a test
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns about a folder that is not there yet

# --- Safety ------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "changke_session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "changke_csrf"
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "changke_language"
DEVICE_COOKIE_NAME = "__Host-device" if HTTPS else "changke_device"
# Of people who sign up: the mark of their device, and their sign-up on its way.
VISITOR_COOKIE_NAME = "__Host-visitor" if HTTPS else "changke_visitor"
JOIN_COOKIE_NAME = "__Host-join" if HTTPS else "changke_join"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
TRUST_PROXY = env.flag("TRUST_PROXY")
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Doors -------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = REST
SPECTACULAR_SETTINGS = API_SCHEMA
# Without these two, whoever may open a list could also overwrite it by a file.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "change"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_TMP_STORAGE_CLASS = "stores.admin.uploads.UploadFolder"
IMPORT_EXPORT_FORMATS = [CSV]  # formats that unpack or nest could be made to swell
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Messages ----------------------------------------------------------------------------------------------------
PUBLIC_URL = env.text("PUBLIC_URL")
SMS_URL, SMS_KEY, SMS_PUSH_KEY = env.text("SMS_URL"), env.text("SMS_KEY"), env.text("SMS_PUSH_KEY")
SMS_IDEMPOTENT = env.flag("SMS_IDEMPOTENT")
WECOM_URL = env.text("WECOM_URL", "https://qyapi.weixin.qq.com")
WECOM_CORP_ID, WECOM_SECRET = env.text("WECOM_CORP_ID"), env.text("WECOM_SECRET")
MAIL_SERVER = env.mail_server(env.text("EMAIL_URL"))
EMAIL_HOST, EMAIL_PORT = MAIL_SERVER.host, MAIL_SERVER.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER.user, MAIL_SERVER.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SERVER.starts_tls, MAIL_SERVER.is_ssl
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM")
PROVIDERS_MAY_BE_PRIVATE = env.flag("PROVIDERS_MAY_BE_PRIVATE")

# --- Log ---------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "class": "stores.masking.MaskingFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django": {"handlers": [], "propagate": True}, "django.server": {"handlers": [], "propagate": True}},
}
