import assert from "node:assert/strict";
import { InterfaceNames } from "../../lib/libc/interface_names.ts";
import { inNamespace } from "../helpers/in_namespace.ts";
import { canUseNamespaces, openNamespace } from "../helpers/namespace.ts";

Deno.test("InterfaceNames.nameOf() names the loopback interface, and nothing for 0 and for numbers without interface", () => {
  using names = new InterfaceNames(() => 0);
  assert.equal(names.nameOf(1), "lo");
  assert.equal(names.nameOf(0), "");
  assert.equal(names.nameOf(0x7fff_ffff), "");
});

Deno.test({
  name:
    "InterfaceNames.nameOf() believes a name until it expires, then asks anew",
  ignore: Deno.uid() !== 0 || !canUseNamespaces(),
  async fn(): Promise<void> {
    await using namespace = await openNamespace();
    let now = 0;
    using names = new InterfaceNames(() => now);
    const look = (): string => inNamespace(namespace, () => names.nameOf(1));
    assert.equal(look(), "lo");
    await namespace.run("ip", ["link", "set", "lo", "down"]);
    await namespace.run("ip", ["link", "set", "lo", "name", "renamed0"]);
    now = 999;
    assert.equal(look(), "lo");
    now = 1001;
    assert.equal(look(), "renamed0");
  },
});

Deno.test("InterfaceNames closes twice without complaint", () => {
  const names = new InterfaceNames(() => 0);
  names[Symbol.dispose]();
  names[Symbol.dispose]();
});
