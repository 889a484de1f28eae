"""What Kafka needs to run: Java, and its jars, which Maven fetches into a folder outside the repository.

`python -m tests.servers.kafka_jars` fetches them ahead, as the set-up for tests does.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from tests.servers.process import UnavailableError, program

VERSION = "4.4.0"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""
OLDEST_JAVA = 17
FETCH_SECONDS = 300


def cache() -> Path:
    """Where downloads for tests are kept, outside the repository: `SIXMINUTE_TEST_CACHE`, or `~/.cache/sixminute`."""
    return Path(os.environ.get("SIXMINUTE_TEST_CACHE") or Path.home() / ".cache" / "sixminute")


def java() -> str:
    """The path of a Java that Kafka runs on.

    Raises:
        UnavailableError: there is none, or it is too old.
    """
    path = program("java", "default-jre-headless")
    told = subprocess.run([path, "-version"], check=False, capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', told)
    if not found or int(found[1]) < OLDEST_JAVA:
        first = next(iter(told.splitlines()), "no version told")
        raise UnavailableError(f"Kafka needs Java {OLDEST_JAVA} or later, and {path} is {first}: install a later one.")
    return path


def fetch_kafka() -> Path:
    """The folder with Kafka's jars; Maven fetches them the first time. Several processes may ask at once.

    Raises:
        UnavailableError: Maven is missing, or could not fetch them.
    """
    home = cache() / f"kafka-{VERSION}"
    jars = home / "lib"
    if jars.exists():
        return jars
    mvn = program("mvn", "maven")
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "fetching.lock"):
        if not jars.exists():
            print(f"fetching Kafka {VERSION} with Maven (43 MB, the first time only)", flush=True)  # noqa: T201
            partial = home / "partial"
            shutil.rmtree(partial, ignore_errors=True)
            (home / "pom.xml").write_text(POM, encoding="utf-8")
            _copy_dependencies(mvn, home, partial)
            partial.rename(jars)  # complete or not there at all
    return jars


def _copy_dependencies(mvn: str, home: Path, folder: Path) -> None:
    command = [mvn, "-q", "-B", "-Dstyle.color=never", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(
            [*command, f"-DoutputDirectory={folder}"],
            cwd=home,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=FETCH_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(
            f"Maven did not fetch Kafka {VERSION} within {FETCH_SECONDS} s: try again online."
        ) from error
    if done.returncode != 0 or not any(folder.glob(f"kafka_*-{VERSION}.jar")):
        reason = next(iter((done.stdout + done.stderr).strip().splitlines()), "no reason given")
        raise UnavailableError(f"Maven could not fetch Kafka {VERSION} ({reason}): try again online.")


if __name__ == "__main__":
    try:
        fetch_kafka()
    except UnavailableError as missing:
        sys.exit(str(missing))
