import type { VersionFacts } from "../../lib/cli/version.ts";
import type { Package } from "./module_graph.ts";
import { TOP } from "./project.ts";

/** An executable, and what is in it. */
export interface BuiltExecutable {
  /** Name of the program. */
  readonly name: string;
  /** Name of the file. */
  readonly file: string;
  /** Its SHA-256, in hexadecimal. */
  readonly sha256: string;
  /** The packages in it. */
  readonly packages: readonly Package[];
}

/** What a bill of materials is made from. */
export interface MaterialsOptions {
  /** What was built. */
  readonly origin: VersionFacts;
  /** The executables of one target. */
  readonly executables: readonly BuiltExecutable[];
  /** Version of Deno that they run on. */
  readonly deno: string;
  /** SHA-256 of the `addon.node` in them, in hexadecimal. */
  readonly addon: string;
  /** SHA-256 of the C++ library in them, in hexadecimal; undefined if they have none. */
  readonly cxxLibrary: string | undefined;
}

/** One thing in a CycloneDX list. */
interface Component {
  readonly type: "application" | "library" | "framework";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version?: string;
  readonly [other: string]: unknown;
}

/** What the build of libzmq in `npm:zeromq` is made of; the package does not say which libsodium it is. */
const NATIVE = { ZEROMQ: "zeromq", LIBZMQ: "4.3.5" } as const;

/**
 * Lists what is inside the executables of one target, as CycloneDX 1.5. The same executables give the same list.
 *
 * @param options What it is made from.
 * @returns The list, as JSON with a line break at its end.
 */
export async function formatBillOfMaterials(
  { origin, executables, deno, ...libraries }: MaterialsOptions,
): Promise<string> {
  const lock = await readLock();
  const packages = new Map(
    executables.flatMap((each) => each.packages)
      .map((part) => [part.name, describePackage(part, lock)]),
  );
  const native = await describeNative(lock, libraries);
  const runtime: Component = {
    type: "framework",
    "bom-ref": `deno@${deno}`,
    name: "deno",
    version: deno,
    purl: `pkg:github/denoland/deno@v${deno}`,
    ...licensed("MIT"),
  };
  const always = [runtime, ...native].map((part) => part["bom-ref"]);
  const list = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: describeProject(origin),
    components: [
      ...executables.map((each) => describeExecutable(each, origin)),
      runtime,
      ...native,
      ...packages.values(),
    ],
    dependencies: executables.map((each) => ({
      ref: each.file,
      dependsOn: [
        ...always,
        ...each.packages.map(({ name }) => packages.get(name)?.["bom-ref"]),
      ],
    })),
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}

function describeProject({ date, number }: VersionFacts): unknown {
  return {
    ...(date !== "" && { timestamp: `${date}T00:00:00Z` }),
    component: {
      type: "application",
      "bom-ref": "nflog-zmq-pcap-pipe",
      name: "nflog-zmq-pcap-pipe",
      version: number,
      ...licensed("MIT"),
    },
  };
}

function describeExecutable(
  { name, file, sha256 }: BuiltExecutable,
  origin: VersionFacts,
): Component {
  return {
    type: "application",
    "bom-ref": file,
    name,
    version: origin.number,
    hashes: [{ alg: "SHA-256", content: sha256 }],
    ...licensed("MIT"),
  };
}

function describePackage(
  { name, version, license }: Package,
  lock: ReadonlyMap<string, string>,
): Component {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const integrity = lock.get(`${name}@${version}`);
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    purl,
    ...(integrity !== undefined &&
      { hashes: [{ alg: "SHA-512", content: integrity }] }),
    ...licensed(license),
  };
}

/** libzmq, libsodium, the package that their build comes from, and the C++ library. */
async function describeNative(
  lock: ReadonlyMap<string, string>,
  { addon, cxxLibrary }: Pick<MaterialsOptions, "addon" | "cxxLibrary">,
): Promise<Component[]> {
  const id = Array.from(lock.keys()).find((key) =>
    key.startsWith(`${NATIVE.ZEROMQ}@`)
  );
  const version = id?.slice(NATIVE.ZEROMQ.length + 1) ?? "";
  const folder = `${TOP}/node_modules/${NATIVE.ZEROMQ}`;
  const { license } = JSON.parse(
    await Deno.readTextFile(`${folder}/package.json`),
  );
  return [
    describePackage({ name: NATIVE.ZEROMQ, version, license, folder }, lock),
    {
      type: "library",
      "bom-ref": `libzmq@${NATIVE.LIBZMQ}`,
      name: "libzmq",
      version: NATIVE.LIBZMQ,
      description: "In addon.node of npm:zeromq, whose SHA-256 this is",
      purl: `pkg:github/zeromq/libzmq@v${NATIVE.LIBZMQ}`,
      hashes: [{ alg: "SHA-256", content: addon }],
      ...licensed("MPL-2.0"),
    },
    {
      type: "library",
      "bom-ref": "libsodium",
      name: "libsodium",
      description: "In addon.node of npm:zeromq, for CURVE",
      ...licensed("ISC"),
    },
    ...(cxxLibrary === undefined ? [] : [describeCxxLibrary(cxxLibrary)]),
  ];
}

function describeCxxLibrary(sha256: string): Component {
  return {
    type: "library",
    "bom-ref": "libstdc++",
    name: "libstdc++",
    description: "That of the machine of the build, for hosts without one",
    hashes: [{ alg: "SHA-256", content: sha256 }],
    ...licensed("GPL-3.0-or-later WITH GCC-exception-3.1"),
  };
}

function licensed(expression: string): { licenses?: { expression: string }[] } {
  return expression === "" ? {} : { licenses: [{ expression }] };
}

/** Reads the SHA-512 of each package from `deno.lock`, in hexadecimal, by `name@version`. */
async function readLock(): Promise<ReadonlyMap<string, string>> {
  const { npm } = JSON.parse(await Deno.readTextFile(`${TOP}/deno.lock`)) as {
    npm: Record<string, { integrity: string }>;
  };
  return new Map(
    Object.entries(npm).map(([id, { integrity }]) => [
      id,
      Uint8Array.from(
        atob(integrity.replace(/^sha512-/, "")),
        (character) => character.charCodeAt(0),
      ).reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), ""),
    ]),
  );
}
