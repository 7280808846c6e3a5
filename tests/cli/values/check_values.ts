import assert from "node:assert/strict";
import type { ValueParser } from "@optique/core/valueparser";

/** What a value parser should do: inputs with their values, and bad inputs with a part of the error text. */
export interface ValueCases<T> {
  /** Inputs, and what they are read as. */
  good: readonly (readonly [input: string, value: T])[];
  /** Inputs that are refused, and what the message says. */
  bad: readonly (readonly [input: string, message: RegExp])[];
}

/** Checks a value parser; what it read must read the same when it was written. */
export function checkValues<T>(
  parser: ValueParser<"sync", T>,
  cases: ValueCases<T>,
): void {
  for (const [input, value] of cases.good) {
    assert.deepEqual(parser.parse(input), { success: true, value }, input);
    const written = parser.format(value);
    assert.deepEqual(parser.parse(written), { success: true, value }, written);
  }
  for (const [input, message] of cases.bad) {
    const result = parser.parse(input);
    assert.ok(!result.success, `${JSON.stringify(input)} was taken`);
    const [term] = result.error;
    assert.ok(term?.type === "text");
    assert.match(term.text, message);
    assert.match(term.text, /^Cannot (read|use) /);
    assert.doesNotMatch(term.text, /\n/);
  }
}
