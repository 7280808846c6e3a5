// The page in a real browser.
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import {
  encodeFileHeader,
  PCAP_FILE_DEFAULTS,
} from "../../lib/pcap/file_header.ts";
import type { QueryFields } from "../../lib/http/download_route.ts";
import type { SensorReport } from "../../lib/metrics/sensor_ledger.ts";
import type { StatsReport } from "../../lib/metrics/stats_report.ts";
import { HAS_BROWSER, openBrowser } from "../helpers/browser.ts";
import { runCommand } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { sensorReport } from "../metrics/reports.ts";
import { generatePackets, makeBatch } from "../pcap/packets.ts";
import { IDLE, PageServer } from "./page_fixture.ts";

const HOSTILE = "<img src=x onerror=alert(1)>&amp;'\"";

/** A window that a receiver keeps. */
const WINDOW = {
  window_bytes: 200 * 2 ** 20,
  window_limit_bytes: 256 * 2 ** 20,
  window_reach_seconds: 252,
};

/** Reports of a receiver whose sensors send more each time it is asked. */
function growing(
  sensors: Readonly<Record<string, Partial<SensorReport>>>,
): () => StatsReport {
  let asked = 0;
  return () => {
    asked++;
    const grown = Object.entries(sensors).map(([name, each], index) => {
      const counts = Object.entries(each).map(([count, value]) => [
        count,
        typeof value === "number" ? value * asked * asked : value,
      ]);
      const run = sensorReport(Object.fromEntries(counts));
      return [`${name}/000000000000000${index}`, run];
    });
    return {
      ...IDLE,
      time: new Date(Date.parse(IDLE.started) + asked * 1000).toISOString(),
      totals: { received: asked * 10 },
      sensors: Object.fromEntries(grown),
      gauges: { ...IDLE.gauges, ...WINDOW },
    };
  };
}

const SENSORS = {
  gate: { received: 1200, received_bytes: 90_000 },
  [HOSTILE]: { received: 3, received_bytes: 900, kernel_dropped: 7 },
  gone: { received: 0, state: "vanished" },
} as const;

/** Opens the page, and fails the test for anything that it complains of. */
async function show(page: Page, url: string): Promise<string[]> {
  const complaints: string[] = [];
  page.on("console", (message) => {
    complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.clock.install();
  await page.goto(url);
  await page.getByText("● Live", { exact: true }).waitFor();
  return complaints;
}

/** Lets a second pass on the page, until a chart has so many points more than it has now; gives its curve. */
async function grow(
  page: Page,
  label: RegExp,
  points: number,
): Promise<string> {
  const curve = page.getByRole("img", { name: label }).locator(".curve");
  const read = async (): Promise<string> => await curve.getAttribute("d") ?? "";
  const enough = (await read()).split("L").length + points;
  const deadline = performance.now() + 20_000;
  for (;;) {
    const line = await read();
    if (line.split("L").length >= enough) return line;
    assert(performance.now() < deadline, `${label} does not grow: ${line}`);
    await page.clock.runFor(1000);
  }
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name,
    fn,
    ignore: !HAS_BROWSER,
    // The browser is another process, whose pipes end when they end.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

test("the page has charts that move, for each sensor", async () => {
  await using server = await PageServer.start(growing(SENSORS));
  await using browser = await openBrowser();
  const page = await browser.newPage();
  const complaints = await show(page, server.url);
  for (const kind of ["packets", "bytes", "losses"]) {
    const label = new RegExp(`^${kind}/s of gate in`);
    const before = await grow(page, label, 2);
    const after = await grow(page, label, 2);
    assert.notEqual(before, after);
  }
  const label = page.getByRole("img", { name: /^packets\/s of gate in/ });
  assert.match(await label.getAttribute("aria-label") ?? "", /now [\d.]+ k\/s/);
  const reader = page.locator("#reader");
  assert.equal(await reader.textContent(), "writing");
  assert.equal(await page.locator("#reach").textContent(), "4 min 12 s");
  await page.getByText("▲ vanished").waitFor();
  assert.deepEqual(complaints, []);
});

test("the page shows what a sensor calls itself as text", async () => {
  await using server = await PageServer.start(growing(SENSORS));
  await using browser = await openBrowser();
  const page = await browser.newPage();
  const complaints = await show(page, server.url);
  const names = page.getByRole("heading", { level: 3 });
  await names.nth(2).waitFor();
  assert.deepEqual(
    (await names.allTextContents()).sort(),
    [HOSTILE, "gate", "gone"].sort(),
  );
  assert.equal(await page.locator("img").count(), 0);
  const options = page.locator("#sensor-names option");
  assert((await options.allTextContents()).includes(HOSTILE));
  assert.deepEqual(complaints, []);
});

/** Lists what is wider than its place: the page itself, or a field. */
const TOO_WIDE = `[
  document.documentElement.scrollWidth > innerWidth ? "the page" : "",
  ...[...document.querySelectorAll("label > *")].map((field) =>
    field.offsetWidth > field.parentElement.offsetWidth ? field.name : ""
  ),
].filter((name) => name !== "")`;

/** Says what a judge that we did not write has against the page. */
async function faults(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source });
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
  return violations.map(({ help, nodes }) =>
    `${help}: ${nodes.map(({ html }) => html).join(" ")}`
  );
}

test("the page is accessible and fits, light and dark, on a phone and a desk", async () => {
  await using server = await PageServer.start(growing(SENSORS));
  await using browser = await openBrowser();
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [320, 390, 800, 1280]) {
      const page = await browser.newPage({
        colorScheme,
        viewport: { width, height: 800 },
        // The judge is no part of the page, whose policy would keep it out.
        bypassCSP: true,
      });
      await show(page, server.url);
      await grow(page, /^packets\/s of gate in/, 2);
      await page.getByText("Numbers, and losses by cause").first().click();
      for (const when of ["last", "between", "around"]) {
        await page.getByLabel("When").selectOption(when);
        const wide = await page.evaluate<string[]>(TOO_WIDE);
        assert.deepEqual(wide, [], `${width}, ${when}`);
      }
      if (width === 390 || width === 1280) {
        assert.deepEqual(await faults(page), [], `${colorScheme}, ${width}`);
      }
      await page.close();
    }
  }
});

test("nothing on the page jumps while numbers change", async () => {
  await using server = await PageServer.start(growing(SENSORS));
  await using browser = await openBrowser();
  const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
  await show(page, server.url);
  await grow(page, /^packets\/s of gate in/, 1);
  await page.evaluate(`
    var jumps = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) jumps.push(JSON.stringify(entry));
    }).observe({ type: "layout-shift" });
  `);
  await grow(page, /^packets\/s of gate in/, 6);
  assert.deepEqual(await page.evaluate("jumps"), []);
});

test("the page works by keyboard: the slider reads the charts, Enter asks for packets", async () => {
  const queries: QueryFields[] = [];
  await using server = await PageServer.start(growing(SENSORS), {
    find(query): Promise<AsyncIterable<Uint8Array>> {
      queries.push(query);
      const message = "Cannot compile filter: syntax error";
      return Promise.reject(new SyntaxError(message));
    },
  });
  await using browser = await openBrowser();
  const page = await browser.newPage();
  await show(page, server.url);
  await grow(page, /^packets\/s of gate in/, 3);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the download");
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Pause");
  await page.keyboard.press("Enter");
  await page.getByText("Paused").waitFor();
  const slider = page.getByRole("slider", { name: "Read the charts at" });
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await slider.getAttribute("aria-valuetext"), "1 s ago");
  // The charts have begun with a minute, and so has what is read of them.
  assert.equal(await slider.getAttribute("min"), "-60");
  await page.keyboard.press("Home");
  assert.equal(await slider.getAttribute("aria-valuetext"), "60 s ago");
  await page.getByLabel("Filter, as for tcpdump").focus();
  await page.keyboard.type("host no such");
  await page.keyboard.press("Enter");
  await page.getByText("Cannot compile filter: syntax error").waitFor();
  assert.deepEqual(queries, [
    { last: "60", filter: "host no such", maxBytes: String(1024 ** 3) },
  ]);
});

test("the page says when its receiver is gone, and when it keeps no window", async () => {
  const server = await PageServer.start(() => ({
    ...growing(SENSORS)(),
    gauges: {},
  }));
  await using browser = await openBrowser();
  const page = await browser.newPage();
  await show(page, server.url);
  await page.getByText("This receiver keeps no window").waitFor();
  assert(await page.getByRole("button", { name: "Download" }).isDisabled());
  await server[Symbol.asyncDispose]();
  await page.getByText("No answer since").waitFor();
});

test("the page downloads a capture that tshark reads", async () => {
  using directory = openTempDir();
  const { records, packets } = makeBatch(generatePackets(20));
  const capture = [encodeFileHeader(PCAP_FILE_DEFAULTS), records];
  const queries: QueryFields[] = [];
  await using server = await PageServer.start(growing(SENSORS), {
    find(query): Promise<AsyncIterable<Uint8Array>> {
      queries.push(query);
      return Promise.resolve(ReadableStream.from(capture));
    },
  });
  await using browser = await openBrowser();
  const page = await browser.newPage();
  await show(page, server.url);
  await page.getByLabel("When").selectOption("around");
  await page.getByLabel("Time, local").fill("2026-05-01T12:00:00");
  await page.getByRole("combobox", { name: "Sensor" }).selectOption(HOSTILE);
  const begun = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download pcap" }).click();
  const download = await begun;
  assert.match(download.suggestedFilename(), /^nflog-\d{8}T\d{6}Z\.pcap$/);
  const path = directory.join("answer.pcap");
  await download.saveAs(path);
  const [query] = queries;
  assert.deepEqual(query, {
    around: new Date("2026-05-01T12:00:00").toISOString(),
    minus: "30",
    plus: "30",
    sensor: HOSTILE,
    maxBytes: String(1024 ** 3),
  });
  const lines = await runCommand({ program: "tshark", args: ["-r", path] });
  assert.equal(lines.trimEnd().split("\n").length, packets);
});

/** The text of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement.textContent");
}
