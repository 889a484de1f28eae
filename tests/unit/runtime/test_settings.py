from pathlib import Path

import pytest

from core.errors import ConfigurationError
from ingest.settings import SourceSettings
from runtime import settings

WINDOW = """
[[brands]]
name = 'A'
[[maintenance]]
name = 'm'
owner = 'Ada'
starts = 2026-03-02T02:00:00
ends = 2026-03-02T04:00:00
zone = 'Asia/Taipei'
brand = 'A'
"""


def write(folder: Path, text: str) -> dict[str, str]:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return {"SIXMINUTE_CONFIG": str(file)}


def test_without_anything_the_defaults_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = settings.load({})
    assert loaded == settings.Settings()
    assert loaded.host == "127.0.0.1"
    assert loaded.store_url() == f"sqlite:///{tmp_path / 'var/sixminute/store.db'}"


def test_the_same_names_in_file_and_environment_and_the_environment_wins(tmp_path):
    environment = write(tmp_path, 'port = 8700\nSIXMINUTE_USER = "Mei-Ling"\nundo_seconds = 3\n')
    loaded = settings.load({**environment, "SIXMINUTE_PORT": "8800", "SIXMINUTE_ALLOWED_HOSTS": "a.example, b.example"})
    assert (loaded.port, loaded.user, loaded.undo_seconds) == (8800, "Mei-Ling", 3)
    assert loaded.allowed_hosts == ("a.example", "b.example")


def test_languages_are_named_in_file_and_environment(tmp_path):
    environment = write(tmp_path, 'languages = ["zh-Hans", "en"]\n')
    assert settings.load(environment).languages == ("zh-Hans", "en")
    assert settings.load({**environment, "SIXMINUTE_LANGUAGES": "es, en"}).languages == ("es", "en")


def test_brands_and_rules_come_from_tables(tmp_path):
    environment = write(
        tmp_path,
        '[[brands]]\nname = "Acme"\naliases = ["艾可"]\nlanguages = ["zh-Hant"]\n[alerting]\nwindow_minutes = 30\n',
    )
    loaded = settings.load(environment)
    assert loaded.brands[0].aliases == ("艾可",)
    assert loaded.brands[0].languages == ("zh-Hant",)
    assert loaded.alerting.window_minutes == 30


def test_of_several_sources_of_x_one_may_listen_to_the_stream(tmp_path):
    tables = "".join(f"[[sources]]\nname = '{name}'\nkind = 'x'\nmode = 'search'\n" for name in "ab")
    text = f"{tables}[[sources]]\nname = 'c'\nkind = 'x'\n"
    assert [source.mode for source in settings.load(write(tmp_path, text)).sources] == ["search", "search", "stream"]


def test_a_brand_names_its_sources(tmp_path):
    text = '[[brands]]\nname = "A"\nsources = ["show"]\n[[sources]]\nname = "show"\nkind = "demonstration"\n'
    assert settings.load(write(tmp_path, text)).brands[0].sources == ("show",)


def test_prices_that_are_not_written_stay_and_budgets_are_numbers(tmp_path):
    assert settings.load(write(tmp_path, "[budgets]\nx = 200\n")).budgets.x == 200.0
    loaded = settings.load(write(tmp_path, "[prices.x]\npost = 0.004\nmention = 0\n"))
    assert (loaded.prices.x.post, loaded.prices.x.user, loaded.prices.x.mention) == (0.004, 0.01, 0.0)
    assert loaded.budgets.x is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1", "did you mean 'port'"),
        ("port = 'many'", "port"),
        ("port = 70000", "between 1 and 65535"),
        ("undo_seconds = -1", "choose 0 to"),
        ("undo_seconds = nan", "choose 0 to"),
        ("undo_seconds = inf", "choose 0 to"),
        ("retention_days = nan", "above 0"),
        ("review_days = 0", "above 0"),
        ("threads = -1", "choose 0"),
        ("threads = 99999999999", "to 1024"),
        ("precision = 'fp8'", "choose one of auto, fp32, bf16, int8"),
        ("model = '~nobody-of-that-name/model'", "model ~nobody-of-that-name/model: there is no such home folder"),
        ("words = '~nobody-of-that-name/mine.toml'", "no such home folder"),
        ("data_dir = '~nobody-of-that-name/data'", "no such home folder"),
        ('words = "a\\u0000b"', "words has characters"),
        ("languages = []", "are none: name codes"),
        ("languages = ['zh']", "such as en, zh-Hant"),
        ("languages = ['English']", "such as en, zh-Hant"),
        ("irony_weight = 2", "choose 0 to 1"),
        ('host = ""', "host is empty"),
        ('data_dir = "a\\u0000b"', "no folder can have"),
        ("a = " + "[" * 5_000, "not valid TOML"),
        ("[responding.calendar]\nzoen = 'Asia/Taipei'", "zoen"),
        ("[responding.calendars.Nope]\nzone = 'Asia/Taipei'", "no configured brand"),
        ("bus = 'rabbit'", "bus"),
        ("bus = 'kafka'\nkafka_bootstrap = 'nowhere'", "host:port"),
        ("bus = 'kafka'\nkafka_bootstrap = ''", "host:port"),
        ("bus = 'kafka'\nkafka_bootstrap = 'a:1,b:99999999'", "host:port"),
        ("kafka_partitions = 0", "choose 1 to"),
        ("kafka_replication = -1", "or more"),
        ("kafka_prefix = 'a b'", "letters, digits"),
        ("kafka_security = 'TLS'", "kafka_security"),
        ("bus = 'kafka'\nkafka_security = 'SASL_SSL'", "set kafka_username and kafka_password"),
        ("bus = 'kafka'\nkafka_security = 'SASL_PLAINTEXT'\nkafka_username = 'ana'", "kafka_password"),
        ("max_backlog = 0", "1 or more"),
        ("[[sources]]\nkind = 'recording'", "name"),
        ("[[sources]]\nname = 'a'\nkind = 'telex'", "telex"),
        (
            "[[sources]]\nname = 'r'\nkind = 'reddit'\nsweep_days = 1\nurls = ['https://x']",
            r"'r'.*: a source of the kind reddit takes no sweep_days and no urls; it takes subreddits, search, inbox",
        ),
        ("[[sources]]\nname = 'b'\nkind = 'bluesky'\npublic = false", "kind bluesky takes no public; it takes nothing"),
        ("[[sources]]\nname = ' '\nkind = 'demonstration'", "isn't empty"),
        ("[[sources]]\nname = 'a'\nkind = 'demonstration'\n" * 2, "there twice"),
        (
            "[[sources]]\nname = 'a'\nkind = 'x'\n[[sources]]\nname = 'b'\nkind = 'x'\nmode = 'stream'",
            "'a' and 'b' would both listen to X's stream",
        ),
        ("[[sources]]\nname = 'a'\nfiel = 'x'", "did you mean 'file'"),
        ("[[brands]]\nalias = ['x']", "did you mean 'aliases'"),
        ("[[brands]]\naliases = ['x']", "name"),
        ("[[brands]]\nname = 'A'\nproduct = ['x']", "did you mean 'products'"),
        ("[[brands]]\nname = 'A'\naliases = ['']", "aliases: “” must have 1 to 100"),
        ("[[brands]]\nname = 'A'\nambiguous = ['A']", "add words beside them as `context`"),
        ("[[brands]]\nname = 'A'\nsources = ['feed']", "A, sources: no .* named 'feed'"),
        ("[[brands]]\nname = ' '", "isn't empty"),
        ("[[brands]]\nname = 'A'\n[[brands]]\nname = 'A'", "there twice"),
        ("[alerting]\nwindow = 5", "unknown setting 'window'"),
        ("[responding]\nxyz = 5", "unknown setting 'xyz'"),
        ("port = ", "not valid TOML"),
        ("zzzzzz = 1", "known are"),
        ("brands = 3", "brands"),
        ("alerting = 3", "alerting"),
        ("budgets = 3", "budgets"),
        ("[budgets]\ny = 3", "unknown setting 'y'"),
        ("[budgets]\nx = 'much'", "budgets.x: expected"),
        ("[budgets]\nx = 0", "above 0; leave it out"),
        ("[budgets]\nx = nan", "above 0"),
        ("[budgets]\nx = inf", "above 0"),
        ("[quiet]\ninhibit = 'red'", "unknown setting 'inhibit'"),
        ("[quiet]\ninhibiting = 'purple'", "quiet.inhibiting"),
        ("[[maintenance]]\nname = 'm'", "maintenance"),
        (WINDOW.replace("name = 'm'", 'name = "m\\nx"'), "'m\\\\nx': a name is one line"),
        (WINDOW.replace("starts = 2026", "starts = 0001"), "a year from 1971 to 2999"),
        (WINDOW.replace("ends = 2026", "ends = 9999"), "a year from 1971 to 2999"),
        ('[[brands]]\nname = "Ac\\u0000me"', "'Ac\\\\x00me': a name is one line"),
        ('[[brands]]\nname = "\\u202eAcme"', "'\\\\u202eAcme': a name is one line"),
        (WINDOW.replace("zone =", "zones ="), "did you mean 'zone'"),
        (WINDOW.replace("Asia/Taipei", "Taipei"), "'m': zone 'Taipei' isn't known"),
        (WINDOW.replace("04:00:00", "04:00:00Z"), "leave their zone out"),
        (WINDOW.replace("04:00:00", "01:00:00"), "must end after it starts"),
        (WINDOW.replace("-02T04", "-20T04") + "repeat = 'weekly'", "last 7 days at most"),
        (WINDOW.replace("2026-03-02T04", "2026-05-02T04"), "last 30 days at most"),
        (WINDOW.replace("brand = 'A'", ""), "name a brand or a source"),
        (WINDOW.replace("brand = 'A'", "brand = 'B'"), "'B' is no configured brand"),
        (WINDOW.replace("brand = 'A'", "source = 'x'"), "'x' is no configured source"),
        (WINDOW + "last = '2026-12-31'", "last is for windows that repeat"),
        (WINDOW + "repeat = 'weekly'\nlast = 'never'", "is no day"),
        (WINDOW + WINDOW.partition("[[maintenance]]")[1] + WINDOW.partition("[[maintenance]]")[2], "there twice"),
        (WINDOW.replace("owner = 'Ada'", "owner = ' '"), "an owner"),
        ("[prices]\ny = 3", "unknown setting 'y'"),
        ("[prices.x]\nposts = 3", "prices.x: .*`posts`"),
        ("[prices.x]\npost = 'much'", "prices.x.post: expected"),
        ("[prices.x]\npost = -0.1", "post -0.1: write dollars"),
        ("[prices.x]\npost = nan", "write dollars"),
    ],
)
def test_a_wrong_setting_is_one_line_that_says_what_to_do(tmp_path, text, says):
    with pytest.raises(ConfigurationError, match=says) as caught:
        settings.load(write(tmp_path, text))
    assert "\n" not in str(caught.value).split("TOML:")[0]


KINDS = "bluesky, x, reddit, mastodon, feeds, folder, recording, demonstration"
PLACES = "x, conversation, forum, form, email, voice, in_person"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("log = 'xml'", "log xml: choose one of text, json"),
        ("[[sources]]\nname = 'a'\nkind = 'tiktok'", f"sources[0].kind tiktok: choose one of {KINDS}"),
        ("[[sources]]\nname = 'a'\nkind = 3", f"sources[0].kind: choose one of {KINDS}"),
        ("[[sources]]\nname = 'a'\nkind = 'x'\nmode = 'y'", "sources[0].mode y: choose one of stream, search"),
        (
            "[[brands]]\nname = 'A'\nlanguages = ['en', 'fr']",
            "brands[0].languages[1] fr: choose one of en, zh-Hant, zh-Hans",
        ),
        ("[alerting]\npage_language = 'fr'", "alerting.page_language fr: choose one of en, zh-Hant, zh-Hans"),
        ("[responding.windows.moon]\n", f"responding.windows moon: choose one of {PLACES}"),
        (
            "[responding.windows.x]\ngolden = 'soon'",
            "responding.windows[...].golden soon: choose one of span, same_day, limit",
        ),
        ("[responding.places]\nx = 'moon'", f"responding.places[...] moon: choose one of {PLACES}"),
        (
            "[responding.grade_limits]\nbig = 'PT1H'",
            "responding.grade_limits big: choose one of urgent, high, standard, minor",
        ),
        (
            "[responding]\nalways_running_grades = ['big']",
            "responding.always_running_grades[0] big: choose one of urgent, high, standard, minor",
        ),
        (
            "[responding.lengths.x]\nlimit = 9\nunit = 'miles'",
            "responding.lengths[...].unit miles: choose one of x, graphemes, characters",
        ),
        ("[responding.lengths]\nx = 9", "responding.lengths[...]: expected a table, got a whole number"),
        (
            "[responding.calendar]\ndays = ['Monday']",
            "responding.calendar.days[0]: expected a whole number, got a text",
        ),
    ],
)
def test_where_only_some_values_may_stand_they_are_named(tmp_path: Path, text: str, says: str) -> None:
    environment = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        settings.load(environment)
    assert str(caught.value) == f"{environment['SIXMINUTE_CONFIG']}: {says}. Correct it and start again."


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SIXMINUTE_PROT", "1", "did you mean SIXMINUTE_PORT"),
        ("SIXMINUTE_QQQQ", "1", "no setting of this program"),
        ("SIXMINUTE_BRANDS", "1", "is a table of sixminute.toml"),
        ("SIXMINUTE_PORT", "http", "SIXMINUTE_PORT http: write a whole number"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path, monkeypatch, variable, value, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=says):
        settings.load({variable: value})


def test_an_empty_variable_counts_as_not_set_and_the_tools_own_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = {"SIXMINUTE_PORT": "", "SIXMINUTE_REQUIRE_SERVERS": "1", "SIXMINUTE_TORCH": "cpu", "HOME": "/"}
    assert settings.load(environment).port == 8600


def test_a_named_file_must_be_there_and_readable(tmp_path):
    with pytest.raises(ConfigurationError, match="no such file"):
        settings.load({"SIXMINUTE_CONFIG": str(tmp_path / "gone.toml")})
    with pytest.raises(ConfigurationError, match="can't be read"):
        settings.load({"SIXMINUTE_CONFIG": str(tmp_path)})
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        settings.load({"SIXMINUTE_CONFIG": str(broken)})


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path):
    assert settings.load(write(tmp_path, "\ufeffport = 8700")).port == 8700


def test_who_acts_is_the_setting_else_the_account(monkeypatch):
    assert settings.acting_user(settings.Settings(user="Ana")) == "Ana"
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    assert settings.acting_user(settings.Settings()) == "root"

    def nobody() -> str:
        raise OSError

    monkeypatch.setattr("getpass.getuser", nobody)
    assert settings.acting_user(settings.Settings()) == "somebody"


def test_a_secret_can_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("AAAA-secret\n", encoding="utf-8")
    read = settings.load({"SIXMINUTE_X_BEARER_TOKEN_FILE": str(file), "SIXMINUTE_KAFKA_PASSWORD_FILE": str(file)})
    assert (read.x_bearer_token, read.kafka_password) == ("AAAA-secret", "AAAA-secret")
    assert read.secrets() == ("AAAA-secret",)
    with pytest.raises(ConfigurationError, match=r"SIXMINUTE_X_BEARER_TOKEN_FILE: .*can't be read \(No such file"):
        settings.load({"SIXMINUTE_X_BEARER_TOKEN_FILE": str(tmp_path / "none")})
    with pytest.raises(ConfigurationError, match="unknown environment variable SIXMINUTE_PORT_FILE"):
        settings.load({"SIXMINUTE_PORT_FILE": str(file)})


@pytest.mark.parametrize(
    ("name", "secret", "says"),
    [
        ("x_bearer_token", "AAAA\nzzz", "has a line break"),
        ("x_bearer_token", "AAAA\r", "has a line break"),
        ("mastodon_access_token", "AA\x00AA", "has a character that can't be seen"),
        ("mastodon_access_token", "AAAA\u200b", "has a character that can't be seen"),
        ("x_bearer_token", "AAAA…", "has a character that no header of HTTP can hold"),
        ("reddit_client_secret", "密", "has a character that no header of HTTP can hold"),
        ("reddit_password", "AA\x1bAA", "has a character that can't be seen"),
        ("kafka_password", "AA\nAA", "has a line break"),
        ("database_url", "postgresql://ana:AA\nAA@host/name", "has a line break"),
        ("meta_app_secret", "AA\udc80AA", "has a character that can't be seen"),
    ],
)
def test_a_secret_that_cannot_be_sent_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, secret: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        settings.load({f"SIXMINUTE_{name.upper()}": secret})
    assert str(caught.value).startswith(f"SIXMINUTE_{name.upper()} {says}")
    assert "AA" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_two_lines_is_no_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("AAAA\nBBBB\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="SIXMINUTE_X_BEARER_TOKEN has a line break"):
        settings.load({"SIXMINUTE_X_BEARER_TOKEN_FILE": str(file)})


def test_passwords_may_be_in_any_script_and_webhook_secrets_in_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("whsec_YmF0dGVyeSBzdGFwbGUgYmF0dGVyeQ==\nwhsec_YmF0dGVyeSBzdGFwbGUgYmF0dGVyeSE=\n")
    given = {"SIXMINUTE_REDDIT_PASSWORD": "密碼 é", "SIXMINUTE_KAFKA_PASSWORD": "пароль"}
    read = settings.load({**given, "SIXMINUTE_WEBHOOK_SECRET_FILE": str(file)})
    assert (read.reddit_password, read.kafka_password) == ("密碼 é", "пароль")


def test_addresses_of_networks_are_addresses() -> None:
    assert settings.load({"SIXMINUTE_X_BASE_URL": "http://127.0.0.1:9/proxy"}).x_base_url == "http://127.0.0.1:9/proxy"
    with pytest.raises(ConfigurationError, match=r"x_base_url 'api.x.com' is no address: write one such as https://"):
        settings.load({"SIXMINUTE_X_BASE_URL": "api.x.com"})


@pytest.mark.parametrize("name", ["bluesky_url", "x_base_url", "reddit_base_url", "mastodon_base_url", "traces"])
def test_an_address_has_a_host_and_a_port_that_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    scheme = "wss" if name == "bluesky_url" else "https"
    for right in ("[::1]:8443/x", "localhost", "my_box.local:1/", "127.0.0.1:65535", "bücher.example./"):
        settings.load({f"SIXMINUTE_{name.upper()}": f"{scheme}://{right}"})
    for wrong in (
        "[::1",
        "::1]",
        "[zz]",
        "a..b",
        ".",
        f"{'a' * 64}.example",
        "a:99999",
        "a:0",
        "a:b",
        ":80",
        "a\x00b",
        "a<b",
    ):
        with pytest.raises(ConfigurationError, match=f"{name}.* is no address: write one such as"):
            settings.load({f"SIXMINUTE_{name.upper()}": f"{scheme}://{wrong}"})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MASTODON_BASE_URL", "https://ana:s3cret@m.example", "mastodon_base_url https://m.example: take the user"),
        ("X_BASE_URL", "http://s3cret@x.example/a?b", "who we are there stands in x_bearer_token"),
        ("REDDIT_BASE_URL", "https://ana:s3cret@x.example", "stands in reddit_client_id and reddit_client_secret"),
        ("BLUESKY_URL", "ana:s3cret@sky.example", "bluesky_url is no address: write one such as wss://"),
    ],
)
def test_a_user_in_an_address_never_takes_the_place_of_the_token(name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        settings.load({f"SIXMINUTE_{name}": value})
    assert "s3cret" not in str(caught.value)


def test_passwords_in_addresses_of_sources_are_secrets() -> None:
    feeds = SourceSettings(
        name="news", kind="feeds", urls=("https://ana:f%40d@x.example/feed", "https://x:1/@acme", "http://[::1/")
    )
    made = settings.Settings(bluesky_url="wss://ana:sky@sky.example", sources=(feeds,))
    assert set(made.secrets()) == {"sky", "f%40d", "f@d"}


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PRECISION", "nonsense", "nonsense: choose one of auto, fp32, bf16, int8"),
        ("BUS", "rabbit", "rabbit: choose one of embedded, kafka"),
        ("THREADS", "x", "x: write a whole number"),
        ("PORT", "1.5", "1.5: write a whole number"),
        ("UNDO_SECONDS", "soon", "soon: write a number"),
    ],
)
def test_a_variable_of_the_wrong_kind_is_named_with_what_may_be_chosen(tmp_path, variable, value, says):
    with pytest.raises(ConfigurationError) as caught:
        settings.load({**write(tmp_path, ""), f"SIXMINUTE_{variable}": value})
    assert str(caught.value) == f"SIXMINUTE_{variable} {says}. Correct it and start again."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("precision = 'fp8'", "precision fp8: choose one of auto, fp32, bf16, int8"),
        ("threads = 'x'", "threads x: write a whole number"),
        ("kafka_password = 12345", "kafka_password: write a text in quotes"),
        ("languages = 'en'", "languages en: write a list of texts in square brackets"),
        ("languages = [1]", "languages[0]: expected a text, got a whole number"),
        ("[alerting]\nwindow_minutes = 'x'", "alerting.window_minutes: expected a whole number, got a text"),
        ("[[brands]]\nname = 3", "brands[0].name: expected a text, got a whole number"),
        ("brands = [3]", "[[brands]] of "),
    ],
)
def test_a_setting_of_the_wrong_kind_is_named_with_its_file(tmp_path, text, says):
    environment = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        settings.load(environment)
    told = str(caught.value)
    assert says in told
    assert environment["SIXMINUTE_CONFIG"] in told
    assert "12345" not in told
    assert "`" not in told


def test_channels_have_names_kinds_and_secrets_from_elsewhere(tmp_path: Path) -> None:
    text = """[[channels]]
name = "chat"
kind = "apprise"
[[channels]]
name = "hook"
kind = "webhook"
url = "https://pager.example/hook"
"""
    file = tmp_path / "secrets"
    file.write_text(
        "chat=slack://T0AB1C2D3/B0AB1C2D3/a1b2c3d4e5f6g7h8i9j0k1l2\nhook=whsec_YmF0dGVyeSBzdGFwbGUgYmF0dGVyeQ==\n"
    )
    read = settings.load({**write(tmp_path, text), "SIXMINUTE_CHANNEL_SECRETS_FILE": str(file)})
    assert [channel.name for channel in read.channels] == ["chat", "hook"]
    assert {"a1b2c3d4e5f6g7h8i9j0k1l2", "YmF0dGVyeSBzdGFwbGUgYmF0dGVyeQ==", read.channels[0].url} <= set(read.secrets())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 'a'\nkind = 'slack'", "kind slack: choose one of apprise, pagerduty, webhook, log"),
        ("name = 'a'\nkind = 'log'\nurl = 'x'", "'a'.*: a channel of the kind log takes no url; it takes nothing"),
        ("name = 'a'\nkind = 'log'\ncolour = 'x'", "unknown setting 'colour'"),
        ("name = ' '\nkind = 'log'", "isn't empty"),
        ("name = 'a'\nkind = 'log'\n[[channels]]\nname = 'a'\nkind = 'log'", "there twice"),
        ("name = 'a'\nkind = 'apprise'", "'a': url is missing"),
    ],
)
def test_a_channel_that_can_not_be_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        settings.load(write(tmp_path, f"[[channels]]\n{text}\n"))


@pytest.mark.parametrize("right", ["https://watch.example", "http://10.0.0.5:8600/", "https://a.example/sixminute"])
def test_the_public_address_is_that_of_a_page(right: str) -> None:
    assert settings.load({"SIXMINUTE_PUBLIC_URL": right}).public_url == right
    for wrong in (
        "watch.example",
        "https://",
        "https://a?b",
        "https://a/#b",
        "https://ana:b@a",
        "ftp://a",
        "https://a:0",
    ):
        with pytest.raises(ConfigurationError, match="public_url is no address of a page"):
            settings.load({"SIXMINUTE_PUBLIC_URL": wrong})


def test_maintenance_windows_are_read_as_local_times(tmp_path):
    (window,) = settings.load(write(tmp_path, WINDOW)).maintenance
    assert (window.starts.isoformat(), window.zone, window.level) == ("2026-03-02T02:00:00", "Asia/Taipei", "orange")
    quoted = WINDOW.replace("2026-03-02T02:00:00", "'2026-03-02T02:00:00'")
    assert settings.load(write(tmp_path, quoted)).maintenance == (window,), "as a Helm chart writes it"
