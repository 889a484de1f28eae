"""Asks an address until it answers 200, then shows the answer: ready.py ADDRESS SECONDS."""

import sys
import time
import urllib.error
import urllib.request

address, seconds = sys.argv[1], float(sys.argv[2])
request = urllib.request.Request(address, headers={"Host": "localhost"})
end = time.monotonic() + seconds
while True:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            print(answer.read().decode())
            sys.exit(0)
    except urllib.error.HTTPError as error:
        last = f"{error.code} {error.read().decode()}"
    except OSError as error:
        last = str(error)
    if time.monotonic() > end:
        sys.exit(f"{address} is not ready after {seconds:g} s: {last}")
    time.sleep(min(2, seconds / 10))
