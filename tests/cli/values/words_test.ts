import assert from "node:assert/strict";
import {
  curveKey,
  keyword,
  plainText,
  statsdSampling,
} from "../../../lib/cli/values/mod.ts";
import { valueParser } from "../../../lib/cli/values/value_parser.ts";
import { checkValues } from "./check_values.ts";

// From RFC 32 of ZeroMQ: https://rfc.zeromq.org/spec/32/
const KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

Deno.test("curveKey() takes Z85 and never repeats what it refuses", () => {
  checkValues(curveKey(), {
    good: [[KEY, KEY]],
    bad: [
      ["", /a key of 0 characters: a public key has 40/],
      [KEY.slice(1), /a key of 39 characters/],
      [`${KEY}a`, /a key of 41 characters/],
      [`~${KEY.slice(1)}`, /it is not the Z85 text of 32 bytes/],
      ["#".repeat(40), /it is not the Z85 text/],
    ],
  });
  for (const bad of [KEY.slice(1), `~${KEY.slice(1)}`]) {
    const result = curveKey().parse(bad);
    assert.ok(!result.success);
    assert.ok(!JSON.stringify(result.error).includes(KEY.slice(5, 15)));
  }
});

Deno.test("keyword() takes its words alone, and completes them", () => {
  const parser = keyword({ us: "microseconds", ns: "nanoseconds" });
  checkValues(parser, {
    good: [["us", "microseconds"], ["ns", "nanoseconds"]],
    bad: [
      ["ms", /^Cannot use "ms": write us or ns$/],
      ["US", /write us or ns/],
      ["", /write us or ns/],
      ["toString", /write us or ns/],
    ],
  });
  assert.equal(parser.metavar, "us|ns");
  const texts = [...parser.suggest?.("n") ?? []].map((suggestion) =>
    suggestion.kind === "literal" ? suggestion.text : ""
  );
  assert.deepEqual(texts, ["ns"]);
  assert.throws(() => keyword({}), TypeError);
});

Deno.test("plainText() counts bytes and refuses what a terminal would obey", () => {
  checkValues(
    plainText({ metavar: "NAME", name: "sensor name", maxBytes: 8 }),
    {
      good: [["gate-1", "gate-1"], ["tür", "tür"]],
      bad: [
        ["", /^Cannot use sensor name "": it is empty$/],
        ["gate-1234", /it has 9 bytes, 8 are allowed/],
        ["türtürt", /it has 9 bytes/],
        ["a\n", /it has control characters/],
        ["\u202eabc", /it has control characters/],
        ["\ud800", /it has control characters/],
      ],
    },
  );
});

Deno.test("statsdSampling() reads what the Python original read", () => {
  checkValues(statsdSampling(), {
    good: [
      ["50/60", { count: 50, interval: 60_000 }],
      ["50", { count: 50, interval: undefined }],
      ["0.5/1.5", { count: 0.5, interval: 1500 }],
    ],
    bad: [["", /write a count/], ["1/2/3", /write a count/], [
      "x",
      /write a count/,
    ]],
  });
});

Deno.test("valueParser() lets faults of the program through, and needs a name", () => {
  const kind = { metavar: "X", placeholder: 0, format: String };
  const faulty = valueParser({
    ...kind,
    read: () => {
      throw new TypeError("fault");
    },
  });
  assert.throws(() => faulty.parse("1"), TypeError);
  assert.throws(
    () => valueParser({ ...kind, metavar: "", read: Number }),
    TypeError,
  );
});
