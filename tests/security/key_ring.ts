// Keys and lists of keys as an operator has them, in files that go away; and what of them is secret.
import { formatKeyFile, formatPublicKeyFile } from "../../lib/cli/key_file.ts";
import { generateCurveKeyPair } from "../../lib/zmq/curve.ts";
import { openTempDir, type TempDir } from "../helpers/temp_dir.ts";

/** Keys of a test. */
export class KeyRing implements Disposable {
  /** Where their files are. */
  readonly directory: TempDir = openTempDir();
  readonly #public = new Map<string, string>();
  readonly #secret: string[] = [];

  /** Secret keys that were made; none may be seen anywhere. */
  get secrets(): readonly string[] {
    return this.#secret;
  }

  /** Makes `NAME.key` and `NAME.pub`, as --keygen does. */
  make(...names: string[]): void {
    for (const name of names) {
      const keys = generateCurveKeyPair();
      const { publicKey } = keys;
      this.#secret.push(keys.secretKey);
      this.#public.set(name, publicKey);
      Deno.writeTextFileSync(
        this.path(`${name}.key`),
        formatKeyFile(keys, name),
        { mode: 0o600 },
      );
      Deno.writeTextFileSync(
        this.path(`${name}.pub`),
        formatPublicKeyFile(publicKey, name),
      );
    }
  }

  /** The path of a file in the directory. */
  path(name: string): string {
    return this.directory.join(name);
  }

  /** The public key of a name. */
  key(name: string): string {
    const key = this.#public.get(name);
    if (key === undefined) throw new Error(`Cannot find a key of ${name}`);
    return key;
  }

  /** Writes a list of those names, each with what may follow its key. */
  allow(file: string, ...names: string[]): string {
    const lines = names.map((line) => {
      const [name = "", ...uses] = line.split(" ");
      return [name, this.key(name), ...uses].join(" ");
    });
    Deno.writeTextFileSync(this.path(file), `${lines.join("\n")}\n`);
    return this.path(file);
  }

  /** Options of a program that connects. */
  client(name: string, server: string): string[] {
    return [
      ...["--curve-key", this.path(`${name}.key`)],
      // Written so, a key may begin with anything.
      `--curve-server=${this.key(server)}`,
    ];
  }

  /** Options of a program that binds. */
  server(name: string, allow: string): string[] {
    return [
      ...["--curve-server-key", this.path(`${name}.key`)],
      ...["--curve-allow", this.path(allow)],
    ];
  }

  [Symbol.dispose](): void {
    this.directory[Symbol.dispose]();
  }
}
