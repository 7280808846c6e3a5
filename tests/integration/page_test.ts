// The receiver's page, in a real browser, on a real pipe: a chart that moves and a download that tshark reads. Needs no rights.
import assert from "node:assert/strict";
import { HAS_BROWSER, openBrowser } from "../helpers/browser.ts";
import { runCommand } from "../helpers/process.ts";
import { type RunningProgram, startProgram } from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { writeCapture } from "./captures.ts";
import { count, startReceiver, untilTotals } from "./pipe.ts";

const PACKETS = 2000;
const HEADER_SIZE = 24;
/** What the page asks for, and what tcpdump is asked for the same. */
const FILTER = "src host 10.0.0.7 or src host 10.0.0.42";

async function urlOf(program: RunningProgram): Promise<string> {
  const line = await program.process.waitForLine(/Answering HTTP/);
  return /url=(\S+)/.exec(line)?.[1] ?? "";
}

/** Lists the packets of a capture that match, as tshark sees them. */
async function list(path: string, filter?: string): Promise<string[]> {
  const fields = ["frame.time_epoch", "ip.src", "udp.payload"];
  const text = await runCommand({
    program: "tshark",
    args: [
      ...["-r", path, "-T", "fields"],
      ...fields.flatMap((field) => ["-e", field]),
      ...(filter === undefined ? [] : ["-Y", filter]),
    ],
  });
  return text.trimEnd().split("\n");
}

Deno.test({
  name:
    "the page of a receiver shows a sensor at work, and downloads its packets",
  ignore: !HAS_BROWSER,
  // The browser is another process, whose pipes end when they end.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(): Promise<void> {
    using directory = openTempDir();
    const path = directory.join("in.pcap");
    await writeCapture(path, 1, PACKETS);
    const capture = await Deno.readFile(path);
    const endpoint = `ipc://${directory.join("pipe")}`;
    await using receiver = await startReceiver([
      ...["--http", "0", "--buffer-window", "16"],
      ...["--buffer-interface", `ipc://${directory.join("query")}`],
      ...[endpoint, directory.join("out.pcap")],
    ], {});
    await using sender = await startProgram("send", [
      ...["--sensor", "gate <b>1</b>", "pcap:-", endpoint],
    ], { stdin: "piped" });
    const stdin = sender.process.stdin.getWriter();
    await using browser = await openBrowser();
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (line) => complaints.push(line.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(await urlOf(receiver));
    // The chart moves while packets come, a few at a time.
    const piece = Math.floor(capture.length / 10);
    await stdin.write(capture.subarray(0, HEADER_SIZE + piece));
    const chart = page.getByRole("img", { name: /^packets\/s of gate <b>1/ });
    await chart.waitFor();
    await stdin.write(capture.subarray(HEADER_SIZE + piece, 5 * piece));
    await page.waitForFunction(
      (element) => /at most [1-9]/.test(element?.ariaLabel ?? ""),
      await chart.elementHandle(),
    );
    const before = await chart.locator(".curve").getAttribute("d");
    await stdin.write(capture.subarray(5 * piece));
    await stdin.close();
    await page.waitForFunction(
      ([element, old]) =>
        element?.getAttribute("d") !== old &&
        (element?.getAttribute("d") ?? "").length > String(old).length,
      [await chart.locator(".curve").elementHandle(), before] as const,
    );
    await untilTotals(receiver, (stats) => count(stats, "written") === PACKETS);
    assert.match(
      await page.locator("#held").textContent() ?? "",
      /of 16\.0 MiB/,
    );
    // A filter that is wrong is explained where it was written.
    await page.getByLabel("When").selectOption("all");
    const filter = page.getByLabel("Filter, as for tcpdump");
    await filter.fill("host and and");
    await filter.press("Enter");
    await page.getByText(/syntax error/).waitFor();
    await filter.fill(FILTER);
    const begun = page.waitForEvent("download");
    await filter.press("Enter");
    const answer = directory.join("answer.pcap");
    await (await begun).saveAs(answer);
    const expected = await list(
      path,
      "ip.src == 10.0.0.7 || ip.src == 10.0.0.42",
    );
    assert(expected.length > 10);
    assert.deepEqual(await list(answer), expected);
    // What the browser itself says of the refused filter.
    const refused = complaints.filter((line) => !/status of 400/.test(line));
    assert.deepEqual(refused, []);
    await sender.finish();
    assert.equal((await receiver.stop()).code, 0);
  },
});
