import { canUseNamespaces, type Namespace } from "./namespace.ts";

const CLONE_NEWNET = 0x40000000;
const O_RDONLY = 0;

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  setns: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Tells whether {@linkcode inNamespace} works here; where it does not, prints
 * why. For the `ignore` of a test.
 *
 * @returns Whether this is root and namespaces can be made.
 */
export function canEnterNamespaces(): boolean {
  if (!canUseNamespaces()) return false;
  if (Deno.uid() === 0) return true;
  // deno-lint-ignore no-console -- a test that is left out must say why
  console.error("ignored: only root can enter a namespace by setns");
  return false;
}

/**
 * Runs a synchronous function with this thread inside a namespace, then comes
 * back: sockets it opens belong to the namespace for as long as they live. For
 * tests that open native objects in the test's own process.
 *
 * @param namespace Where to run.
 * @param open What to run; it must not return a promise.
 * @returns What `open` returned.
 * @throws {Error} If the kernel refuses, as it does for all but root.
 */
export function inNamespace<T>(namespace: Namespace, open: () => T): T {
  const libc = Deno.dlopen("libc.so.6", SYMBOLS);
  try {
    const home = openPath(libc, "/proc/thread-self/ns/net");
    const there = openPath(libc, `/proc/${namespace.pid}/ns/net`);
    try {
      if (libc.symbols.setns(there, CLONE_NEWNET) !== 0) {
        throw new Error(`Cannot enter the namespace of ${namespace.pid}`);
      }
      return open();
    } finally {
      libc.symbols.setns(home, CLONE_NEWNET);
      libc.symbols.close(there);
      libc.symbols.close(home);
    }
  } finally {
    libc.close();
  }
}

function openPath(
  libc: Deno.DynamicLibrary<typeof SYMBOLS>,
  path: string,
): number {
  const name = new TextEncoder().encode(`${path}\0`);
  const descriptor = libc.symbols.open(name, O_RDONLY);
  if (descriptor < 0) throw new Error(`Cannot open ${path}`);
  return descriptor;
}
