import { loadZmq } from "./load.ts";

/**
 * Tells the version of the libzmq that this program carries.
 *
 * @returns Such as `4.3.5`.
 * @throws {LibraryError} If it cannot be loaded.
 */
export function readZmqVersion(): string {
  const library = loadZmq();
  try {
    const parts = [0, 1, 2].map(() => new Int32Array(1));
    const [major, minor, patch] = parts;
    if (major !== undefined && minor !== undefined && patch !== undefined) {
      library.symbols.zmq_version(major, minor, patch);
    }
    return parts.map((part) => part[0]).join(".");
  } finally {
    library.close();
  }
}
