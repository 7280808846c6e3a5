import { PRCTL } from "./constants.ts";
import { loadLibc } from "./load.ts";
import { PRIVILEGE_SYMBOLS } from "./symbols.ts";

const SECCOMP_SET_MODE_FILTER = 1n; // linux/seccomp.h
const SECCOMP_FILTER_FLAG_TSYNC = 1n;
const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4n;
const SECCOMP_RET_ALLOW = 0x7fff0000;
const SECCOMP_RET_ERRNO = 0x00050000;
const EPERM = 1;

// struct seccomp_data (linux/seccomp.h): where a filter finds what is called.
const DATA = { NUMBER: 0, ARCHITECTURE: 4 } as const;
// Instructions of classic BPF (linux/bpf_common.h).
const BPF = { LOAD: 0x20, EQUAL: 0x15, AT_LEAST: 0x35, RETURN: 0x06 } as const;
const INSTRUCTION_SIZE = 8; // sizeof(struct sock_filter)
const PROGRAM = { LENGTH: 0, FILTER: 8, SIZE: 16 } as const; // struct sock_fprog

/** In all threads, and without the slower machine code that kernels before 5.16 had for filtered processes; kernels before 4.17 do not know that. */
const FLAGS = [
  SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_TSYNC,
];

/** Numbers of system calls from here on are those of x32 programs, which this is not. */
const X32 = 0x40000000;

/** What a sealed process may not call, by architecture (asm/unistd_64.h, asm-generic/unistd.h). */
const ARCHITECTURES: Readonly<
  Record<string, { audit: number; seccomp: bigint; denied: readonly number[] }>
> = {
  x86_64: {
    audit: 0xc000003e, // AUDIT_ARCH_X86_64
    seccomp: 317n,
    // listen, execve, ptrace, process_vm_readv, process_vm_writev, execveat, io_uring_setup
    denied: [50, 59, 101, 310, 311, 322, 425],
  },
  aarch64: {
    audit: 0xc00000b7, // AUDIT_ARCH_AARCH64
    seccomp: 277n,
    denied: [201, 221, 117, 270, 271, 281, 425],
  },
};

const SEAL_SYMBOLS = {
  prctl: PRIVILEGE_SYMBOLS.prctl,
  syscall: {
    parameters: [
      "i64", // long number
      "u64", // unsigned int operation
      "u64", // unsigned int flags
      "buffer", // void *args
    ],
    result: "i64",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Makes the kernel refuse, for good and in all threads, what a program has no use for once everything is open: to start other programs, to listen for connections,
 * to trace processes and to gain rights (`seccomp`). Unlike Deno's permissions this holds for native code too.
 *
 * It also keeps Deno (from 2.9.2 on) from opening its debugger on a port of this host at SIGUSR1, where every local user could run code in this process.
 *
 * @param architecture Which machine this is, as Deno names it.
 * @returns Whether it took: not where the kernel has no such filters, or has been told to allow none.
 * @throws {LibraryError} If this is not a system with the GNU C library.
 */
export function sealProcess(architecture: string = Deno.build.arch): boolean {
  const known = ARCHITECTURES[architecture];
  if (known === undefined) return false;
  const program = encodeProgram(encodeFilter(known.audit, known.denied));
  const library = loadLibc(SEAL_SYMBOLS);
  try {
    const { prctl, syscall } = library.symbols;
    if (prctl(PRCTL.SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) !== 0) return false;
    return FLAGS.some((flags) =>
      syscall(known.seccomp, SECCOMP_SET_MODE_FILTER, flags, program) === 0n
    );
  } finally {
    library.close();
  }
}

/** Puts the program's head before its filter, in one piece of memory. */
function encodeProgram(filter: Uint8Array): Uint8Array<ArrayBuffer> {
  const program = new Uint8Array(PROGRAM.SIZE + filter.byteLength);
  program.set(filter, PROGRAM.SIZE);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(program));
  const view = new DataView(program.buffer);
  view.setUint16(PROGRAM.LENGTH, filter.byteLength / INSTRUCTION_SIZE, true);
  const at = BigInt(address) + BigInt(PROGRAM.SIZE);
  view.setBigUint64(PROGRAM.FILTER, at, true);
  return program;
}

/** Writes the filter: what is denied, and whatever is called as another architecture's program would, fails with EPERM. */
function encodeFilter(
  audit: number,
  denied: readonly number[],
): Uint8Array<ArrayBuffer> {
  // How many instructions each has to skip to the last one, which denies.
  const toEnd = (index: number): number => denied.length + 4 - index;
  const instructions = [
    [BPF.LOAD, 0, 0, DATA.ARCHITECTURE],
    [BPF.EQUAL, 0, toEnd(1), audit],
    [BPF.LOAD, 0, 0, DATA.NUMBER],
    [BPF.AT_LEAST, toEnd(3), 0, X32],
    ...denied.map((number, index) => [BPF.EQUAL, toEnd(4 + index), 0, number]),
    [BPF.RETURN, 0, 0, SECCOMP_RET_ALLOW],
    [BPF.RETURN, 0, 0, SECCOMP_RET_ERRNO | EPERM],
  ];
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [index, instruction] of instructions.entries()) {
    const [code = 0, ifTrue = 0, ifFalse = 0, value = 0] = instruction;
    const at = index * INSTRUCTION_SIZE;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, value, true);
  }
  return bytes;
}
