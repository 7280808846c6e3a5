import assert from "node:assert/strict";
import { formatTable, median } from "./section.ts";

Deno.test("median() is the middle one, or halfway between the middle two", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([7]), 7);
  assert.ok(Number.isNaN(median([])));
});

Deno.test("formatTable() puts text to the left, numbers to the right, and notes below", () => {
  const text = formatTable({
    columns: ["what", "µs", "lost"],
    rows: [["send", 0.456, 0], ["receive", 123.4, undefined]],
    notes: ["A note."],
  });
  assert.equal(
    text,
    `what       µs  lost
-------  ----  ----
send     0.46     0
receive   123     -
A note.
`,
  );
});
