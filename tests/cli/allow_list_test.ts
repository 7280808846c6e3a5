import { deepEqual, equal, throws } from "node:assert/strict";
import { allowFileName, parseAllowList } from "../../lib/cli/allow_list.ts";
import { formatKeyFile, formatPublicKeyFile } from "../../lib/cli/key_file.ts";
import { generateCurveKeyPair } from "../../lib/zmq/curve.ts";

const GATE = generateCurveKeyPair();
const RELAY = generateCurveKeyPair();
const BOTH = new Set(["send", "query"]);

Deno.test("parseAllowList() reads lines of names, keys and what they are good for", () => {
  const text = `# who may send
gate ${GATE.publicKey}

\tbranch   ${RELAY.publicKey} relay send\r
`;
  const holders = parseAllowList([{ path: "allow", text }]);
  deepEqual([...holders.values()], [
    { name: "gate", publicKey: GATE.publicKey, relay: false, uses: BOTH },
    {
      name: "branch",
      publicKey: RELAY.publicKey,
      relay: true,
      uses: new Set(["send"]),
    },
  ]);
  deepEqual([...holders.keys()], [GATE.publicKey, RELAY.publicKey]);
});

Deno.test("parseAllowList() reads what --keygen writes as PREFIX.pub, and a bare key under the name of its file", () => {
  const written = formatPublicKeyFile(GATE.publicKey, "gate");
  const holders = parseAllowList([
    { path: "d/gate.pub", name: "gate", text: written },
    { path: "d/branch", name: "branch", text: `${RELAY.publicKey} relay\n` },
  ]);
  deepEqual([...holders.values()].map(({ name, relay }) => [name, relay]), [
    ["gate", false],
    ["branch", true],
  ]);
});

Deno.test("a name may have two keys, so that they can be changed one after the other", () => {
  const text = `gate ${GATE.publicKey}\ngate ${RELAY.publicKey}`;
  equal(parseAllowList([{ path: "allow", text }]).size, 2);
});

Deno.test("attack: no line lets anybody in that is not as it should be, and no key is quoted", () => {
  const key = GATE.publicKey;
  const bad: [text: string, message: RegExp][] = [
    [key, /line 1 of allow: the name is missing: it stands before the key$/],
    ["gate", /a public key, 40 characters of Z85, must follow the name$/],
    [`gate ${key.slice(1)}`, /a public key, 40 characters of Z85/],
    [`${key} gate`, /the name is missing/],
    [`gate ${key} admin`, /only send, query and relay may follow the key$/],
    [`gate ${key} ${RELAY.publicKey}`, /only send, query and relay/],
    [`a\u202eb ${key}`, /no characters that are not shown$/],
    [`${"x".repeat(65)} ${key}`, /a name has at most 64 bytes/],
    [`gate ${key}\nother ${key}`, /line 2 of allow: gate has the same key$/],
    [formatKeyFile(GATE, "gate"), /it is of a key pair, which belongs else/],
    [`secret-key ${GATE.secretKey}`, /it is of a key pair/],
  ];
  for (const [text, message] of bad) {
    throws(() => parseAllowList([{ path: "allow", text }]), (error: Error) => {
      equal(message.test(error.message), true, error.message);
      equal(error.message.includes(key.slice(2, 12)), false, error.message);
      equal(error.message.includes(GATE.secretKey.slice(2, 12)), false);
      return true;
    });
  }
});

Deno.test("attack: what editors and package managers leave in a directory lets nobody in", () => {
  const read = ["gate.pub", "gate", "gate.example.net.pub"];
  const left = [
    ...["gate.pub~", "gate~", "#gate#", ".gate.pub.swp", ".gate", ".pub"],
    ...["gate.pub.bak", "gate.pub.dpkg-old", "gate.key", "gate.pub.rpmsave"],
    "my gate",
  ];
  deepEqual(read.map(allowFileName), ["gate", "gate", "gate.example.net"]);
  for (const name of left) equal(allowFileName(name), undefined, name);
});
