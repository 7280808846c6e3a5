import assert from "node:assert/strict";
import { describeError, formatStack } from "../../lib/cli/describe_error.ts";

Deno.test("describeError() makes one harmless line of anything thrown", () => {
  assert.equal(describeError(new Error("Cannot x: y")), "Cannot x: y");
  assert.equal(describeError(new Error("a\n   b\n")), "a; b");
  assert.equal(describeError(new TypeError()), "TypeError");
  assert.equal(describeError("text\u0007"), "text\\u0007");
  assert.equal(describeError(null), "null");
});

Deno.test("formatStack() ends where causes go in circles", () => {
  const one = new Error("one");
  const two = new Error("two", { cause: one });
  one.cause = two;
  const stack = formatStack(one);
  assert.equal(stack.match(/Error: one/g)?.length, 1);
  assert.equal(stack.match(/Caused by: Error: two/g)?.length, 1);
  assert.equal(formatStack("plain"), "plain");
});
