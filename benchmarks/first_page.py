"""How soon the owner's first page can be used on a slow line: `python -m benchmarks.first_page`.

Chromium, a phone's screen, nothing kept from before, slowed through its debugger: Lighthouse's slow
4G (150 ms, 1.6 Mbit/s down, 750 kbit/s up; processor 4 times slower), and the harder line that
Chrome's developer tools call slow 4G (562.5 ms for each request). What is measured: from the
beginning of the navigation to where the tiles can be pressed (performance mark "owner-ready"), and
bytes over the wire. Figures depend on what else the machine does.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from benchmarks.page_pictures import ARGUMENTS, SIZES, chromium, service

LINES = {"slow 4G of Lighthouse": (150.0, 4.0), "slow 4G of developer tools": (562.5, 1.0)}
"""Milliseconds that each request waits, and how many times slower the processor is."""
DOWN_BYTES_PER_S = 1.6e6 / 8
UP_BYTES_PER_S = 0.75e6 / 8


def first_visit(browser: Browser, address: str, cookie: str, latency_ms: float,
                slower: float) -> tuple[float, float]:  # fmt: skip
    """Seconds until it can be used, and bytes over the wire."""
    context = browser.new_context(viewport=SIZES["phone"], service_workers="block")
    context.add_cookies([{"name": "tingzhen", "value": cookie, "url": address}])
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": latency_ms, "downloadThroughput": DOWN_BYTES_PER_S,
        "uploadThroughput": UP_BYTES_PER_S,
    })  # fmt: skip
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{address}/owner", wait_until="networkidle")
    ready_ms = page.evaluate("performance.getEntriesByName('owner-ready')[0].startTime")
    context.close()
    return ready_ms / 1000, sum(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    folder = Path(tempfile.mkdtemp())
    with service(folder) as (address, tokens), sync_playwright() as playwright:
        form = {"token": tokens["owner"]}
        answer = httpx.post(
            f"{address}/login", data=form, headers={"Sec-Fetch-Site": "same-origin"}
        )
        cookie = answer.cookies["tingzhen"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for name, (latency_ms, slower) in LINES.items():
            found = [first_visit(browser, address, cookie, latency_ms, slower) for _ in range(runs)]
            ready = sorted(seconds for seconds, _ in found)
            print(f"{name}: n = {runs}, usable after median {statistics.median(ready):.2f} s, "
                  f"slowest {ready[-1]:.2f} s; {found[0][1] / 1000:.1f} kB")  # fmt: skip
        browser.close()


if __name__ == "__main__":
    main()
