// What clients and operators write: queries and command lines.

import fc from "fast-check";
import assert from "node:assert/strict";
import { readInvocation } from "../../../lib/cli/invocation.ts";
import { PROGRAMS } from "../../../lib/cli/programs.ts";
import {
  decodeQuestion,
  requestOf,
} from "../../../lib/roles/answer_protocol.ts";
import { QueryError } from "../../../lib/roles/query_request.ts";
import { type FuzzTarget, fuzzTarget } from "../fuzz_target.ts";
import { damaged } from "../mutation.ts";

const QUESTIONS = [
  "q",
  '{"last":30,"filter":"host 192.0.2.7 and tcp port 443","split":true}',
  '{"since":"2026-05-01T12:00:00Z","until":1777636800.5,"group":5}',
  '{"around":1777636800,"plus":2,"minus":1,"prefix":"web","sensor":"gw"}',
  '{"maxPackets":10,"maxBytes":1000000,"format":"pcapng"}',
  '{"stats":true}',
].map((text) => new TextEncoder().encode(text));

/** Any value that JSON has, under the names that a query has. */
const FIELDS = fc.dictionary(
  fc.constantFrom(
    ...["last", "since", "until", "around", "plus", "minus", "filter"],
    ...["group", "prefix", "sensor", "maxPackets", "maxBytes", "format"],
    ...["stats", "split", "__proto__", "constructor"],
  ),
  fc.jsonValue(),
).map((fields) => new TextEncoder().encode(JSON.stringify(fields)));

/** A question asks for something, or is refused with a reason. */
function checkQuestion(bytes: Uint8Array): void {
  try {
    requestOf(decodeQuestion([bytes]));
  } catch (error) {
    assert(error instanceof QueryError, `It threw ${error}`);
  }
}

/** Words that mean something to the programs, and words that mean nothing to anybody. */
const WORD = fc.oneof(
  fc.constantFrom(
    ...["5", "0-9", "pcap:-", "pcap:", "-", "--", "tcp://*:1", "ipc://x"],
    ...["--help", "--version", "--completion", "bash", "--stats-json", "-u"],
    ...["--user", "--zmq-buffer", "--lwm", "--hwm", "--wire", "legacy"],
    ...["--rate-control", "--buffer-window", "--filter", "--last", "30s"],
    ...["tcp://127.0.0.1:5555", "--format", "pcapng", "-w", "-c", "1e999"],
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);

const LINES = fc.record({
  program: fc.nat(PROGRAMS.length - 1),
  words: fc.array(WORD, { maxLength: 8 }),
});

function checkLine(
  { program, words }: { program: number; words: string[] },
): void {
  const definition = PROGRAMS[program];
  assert(definition !== undefined);
  const invocation = readInvocation(definition, words);
  if (invocation.kind === "usage") {
    assert(!/\p{Cc}/u.test(invocation.message), invocation.message);
  }
}

/** Targets: queries and command lines. */
export const REQUEST_TARGETS: readonly FuzzTarget[] = [
  fuzzTarget("queries", {
    inputs: fc.oneof(damaged(QUESTIONS), FIELDS),
    check: checkQuestion,
  }),
  fuzzTarget("command-line", {
    inputs: LINES,
    check: checkLine,
    share: 0.1,
  }),
];
