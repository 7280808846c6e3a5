/** A kind of machine that executables are built for. */
export interface Target {
  /** What Deno calls it, and what stands in the names of files. */
  readonly triple: string;
  /** What Deno calls its architecture. */
  readonly architecture: typeof Deno.build.arch;
  /** Folder of its build in `npm:zeromq`. */
  readonly addon: string;
  /** Number of the machine in an ELF header (elf.h, EM_X86_64 and EM_AARCH64). */
  readonly machine: number;
  /** What Debian calls its architecture. */
  readonly debian: string;
  /** Folder of its libraries in Debian, below `/usr/lib`. */
  readonly libraries: string;
}

/** Everything that can be built for. */
export const TARGETS: readonly Target[] = [
  {
    triple: "x86_64-unknown-linux-gnu",
    architecture: "x86_64",
    addon: "x64",
    machine: 62,
    debian: "amd64",
    libraries: "x86_64-linux-gnu",
  },
  {
    triple: "aarch64-unknown-linux-gnu",
    architecture: "aarch64",
    addon: "arm64",
    machine: 183,
    debian: "arm64",
    libraries: "aarch64-linux-gnu",
  },
];

/**
 * Says where the build of libzmq for a target lies: the `addon.node` of `npm:zeromq`.
 *
 * @param target The target.
 * @returns The path, relative to the top of the checkout.
 */
export function addonPath({ addon }: Pick<Target, "addon">): string {
  return `node_modules/zeromq/build/linux/${addon}/node/glibc-127-Release/addon.node`;
}

/** Where an ELF header says what machine it is for (elf.h, e_machine). */
const ELF = { MAGIC: 0x7f454c46, MACHINE: 18, SIZE: 64 } as const;

/**
 * Finds a target.
 *
 * @param name Its triple, or the name of its architecture.
 * @returns The target.
 * @throws {RangeError} If nothing is built for it.
 */
export function findTarget(name: string): Target {
  const target = TARGETS.find(({ triple, architecture }) =>
    name === triple || name === architecture
  );
  if (target !== undefined) return target;
  const known = TARGETS.map(({ triple }) => triple).join(" or ");
  throw new RangeError(`Cannot build for ${name}: choose ${known}`);
}

/**
 * Reads what machine an executable is for.
 *
 * @param path The executable.
 * @returns The number in its ELF header, or undefined if it has none.
 * @throws {Deno.errors.NotFound} If it is not there.
 */
export async function readMachine(path: string): Promise<number | undefined> {
  using file = await Deno.open(path);
  const header = new Uint8Array(ELF.SIZE);
  if (await file.read(header) !== ELF.SIZE) return undefined;
  const view = new DataView(header.buffer);
  return view.getUint32(0) === ELF.MAGIC
    ? view.getUint16(ELF.MACHINE, true)
    : undefined;
}
