import assert from "node:assert/strict";
import {
  escapeText,
  quoteText,
  quoteValue,
} from "../../lib/cli/escape_text.ts";

Deno.test("escapeText() leaves nothing that a terminal obeys or hides", () => {
  assert.equal(escapeText("plain ü 日本 🙂"), "plain ü 日本 🙂");
  assert.equal(
    escapeText("\u001b[2J\r\n\t"),
    "\\u001b[2J\\u000d\\u000a\\u0009",
  );
  assert.equal(escapeText("\u007f\u0080\u009b"), "\\u007f\\u0080\\u009b");
  assert.equal(escapeText("a\u202eb\u2066c"), "a\\u202eb\\u2066c");
  assert.equal(escapeText("\ud800x\udc00"), "\\ud800x\\udc00");
  for (let code = 0; code < 0x10000; code++) {
    const shown = escapeText(String.fromCharCode(code));
    assert.doesNotMatch(shown, /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
  }
});

Deno.test("quoteText() quotes as JSON does, and harmlessly", () => {
  assert.equal(quoteText('a "b" \\'), '"a \\"b\\" \\\\"');
  assert.equal(JSON.parse(quoteText("a\u001b\u202e\n")), "a\u001b\u202e\n");
});

Deno.test("quoteValue() cuts what is too long to repeat", () => {
  assert.equal(quoteValue("x".repeat(100)), `"${"x".repeat(100)}"`);
  assert.equal(quoteValue("x".repeat(101)), `"${"x".repeat(100)}…"`);
});
