import { deepEqual, equal, throws } from "node:assert/strict";
import {
  formatKeyFile,
  formatPublicKeyFile,
  nameForKey,
  parseKeyFile,
} from "../../lib/cli/key_file.ts";
import { generateCurveKeyPair } from "../../lib/zmq/curve.ts";

const KEYS = generateCurveKeyPair();
const OTHERS = generateCurveKeyPair();

Deno.test("parseKeyFile() reads what formatKeyFile() writes", () => {
  const text = formatKeyFile(KEYS, "gate");
  deepEqual(parseKeyFile(text, "gate.key"), KEYS);
  deepEqual(parseKeyFile(text.replaceAll("\n", "\r\n"), "gate.key"), KEYS);
  // The public half follows from the secret one.
  deepEqual(parseKeyFile(`secret-key ${KEYS.secretKey}`, "gate.key"), KEYS);
});

Deno.test("attack: a key file that is not as it should be is refused, and not a character of a key is quoted", () => {
  const { publicKey, secretKey } = KEYS;
  const bad: [text: string, message: RegExp][] = [
    ["", /it holds no secret key: give the \.key, not the \.pub$/],
    [`public-key ${publicKey}`, /it holds no secret key/],
    [formatPublicKeyFile(publicKey, "gate"), /no file that --keygen writes/],
    [secretKey, /no file that --keygen writes/],
    [`secret-key ${secretKey} x`, /no file that --keygen writes/],
    [`secret-key ${secretKey}\nsecret-key ${secretKey}`, /no file that/],
    [`secret-key ${secretKey.slice(1)}`, /its secret key is damaged$/],
    [`secret-key "${secretKey.slice(2)}"`, /its secret key is damaged$/],
    [
      `public-key ${OTHERS.publicKey}\nsecret-key ${secretKey}`,
      /its public key is that of another secret key$/,
    ],
  ];
  for (const [text, message] of bad) {
    throws(() => parseKeyFile(text, "/etc/k.key"), (error: Error) => {
      equal(error.name, "SyntaxError");
      equal(message.test(error.message), true, error.message);
      equal(
        error.message.startsWith("Cannot use the key pair in /etc/k.key:"),
        true,
      );
      for (let index = 0; index + 6 <= secretKey.length; index++) {
        const piece = secretKey.slice(index, index + 6);
        equal(`${error.stack}`.includes(piece), false, error.message);
      }
      return true;
    });
  }
});

Deno.test("nameForKey() makes a name of a path that can stand in an allow list", () => {
  const names = [
    ["/etc/nflog/gateway-1", "gateway-1"],
    ["gate.example.net", "gate.example.net"],
    ["my gate", "my_gate"],
    ["#gate", "_gate"],
    ["a\nb", "a?b"],
    ["x".repeat(100), "x".repeat(64)],
    ["dir/", "unnamed"],
  ] as const;
  for (const [path, name] of names) equal(nameForKey(path), name, path);
});
