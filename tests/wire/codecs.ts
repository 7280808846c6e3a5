// Which codecs this runtime has, so that tests of the others are left out aloud.
import { hasZstd } from "../../lib/wire/compression.ts";
import type { Codec } from "../../lib/wire/constants.ts";

/** All codecs that work here. */
export const CODECS: readonly Codec[] = hasZstd()
  ? ["none", "zstd", "deflate"]
  : ["none", "deflate"];

/** Those of them that compress. */
export const COMPRESSING: readonly Codec[] = CODECS.filter((codec) =>
  codec !== "none"
);

let reasonPrinted = false;

/** Tells whether a test of a codec can not run here, and prints why, once. For the `ignore` of a test. */
export function isMissing(codec: Codec): boolean {
  if (CODECS.includes(codec)) return false;
  if (!reasonPrinted) {
    reasonPrinted = true;
    // deno-lint-ignore no-console -- a test that is left out must say why
    console.error(
      `Tests of ${codec} are left out: Deno has it from 2.6.10 on, this is ${Deno.version.deno}`,
    );
  }
  return true;
}
