import { LibraryError, loadLibrary } from "../ffi/load.ts";
import { openMemoryFile } from "../libc/memory_file.ts";
import { ZMQ_SYMBOLS } from "./symbols.ts";

/** libzmq, open. The caller closes it, after every context made with it has ended. */
export type ZmqLibrary = Deno.DynamicLibrary<typeof ZMQ_SYMBOLS>;

/** The functions of an open libzmq. */
export type ZmqSymbols = ZmqLibrary["symbols"];

/** Folder of each architecture's build in `npm:zeromq`, by the name Deno has for the architecture. */
const BUILDS: Readonly<Record<string, string>> = {
  x86_64: "x64",
  aarch64: "arm64",
};

/**
 * Says where the file lies that carries libzmq: the prebuilt `addon.node` of `npm:zeromq`, which exports libzmq's whole
 * C API and links it statically. Compiled programs embed the one of their architecture beside this module (scripts/build/stage.ts).
 *
 * @param architecture The architecture, as Deno names it.
 * @returns The absolute path.
 * @throws {LibraryError} If the package has no build for the architecture.
 */
export function zmqLibraryPath(
  architecture: string = Deno.build.arch,
): string {
  const build = BUILDS[architecture];
  if (build === undefined) {
    throw new LibraryError(
      `Cannot load libzmq: there is no build for ${architecture}, only for x86_64 and aarch64 Linux with glibc`,
    );
  }
  if (Deno.build.standalone) {
    return decodeURIComponent(new URL("libzmq.so", import.meta.url).pathname);
  }
  const url = new URL(
    `../../node_modules/zeromq/build/linux/${build}/node/glibc-127-Release/addon.node`,
    import.meta.url,
  );
  return decodeURIComponent(url.pathname);
}

/** Where a compiled program has put libzmq, once it has. */
let unpacked: string | undefined;

/**
 * Says where to open libzmq from.
 *
 * The loader can open only what the kernel has as a file. Deno would unpack an embedded library into the temporary directory, under a name that others can
 * foresee, which is no good for a program that runs as root: a compiled program puts it into a file in memory. Deno's way is the second choice.
 */
function placesToLoad(): string[] {
  const path = zmqLibraryPath();
  if (!Deno.build.standalone) return [path];
  unpacked ??= openMemoryFile("libzmq", Deno.readFileSync(path));
  return unpacked === undefined ? [path] : [unpacked, path];
}

/** The C++ library that a compiled program has brought along, once it is needed; it stays open. */
let cxxLibrary: Deno.DynamicLibrary<Record<never, never>> | undefined;

/**
 * Opens the C++ library that libzmq is linked with, where a compiled program is on a host that has none: it holds that of the machine where it was built
 * (scripts/build/cxx_library.ts). The loader takes a library that is open for the one that is asked for by the same name (DT_SONAME). The host's own comes
 * first, as that is the one that is kept up to date.
 */
function provideCxxLibrary(): void {
  if (!Deno.build.standalone || cxxLibrary !== undefined) return;
  const name = "libstdc++.so.6";
  const path = decodeURIComponent(new URL(name, import.meta.url).pathname);
  try {
    cxxLibrary = Deno.dlopen(name, {});
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || !exists(path)) return;
    const file = openMemoryFile(name, Deno.readFileSync(path));
    if (file !== undefined) cxxLibrary = Deno.dlopen(file, {});
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Opens libzmq. The caller closes it.
 *
 * @returns The open library.
 * @throws {LibraryError} If it can not be loaded; the message says what to do.
 * @throws {Deno.errors.NotCapable} If Deno's permissions forbid it (`--allow-ffi`).
 */
export function loadZmq(): ZmqLibrary {
  provideCxxLibrary();
  return loadLibrary(
    {
      names: placesToLoad(),
      title: "libzmq",
      advice: Deno.build.standalone
        ? "It needs libstdc++ (libstdc++6 on Debian and Ubuntu) and a mounted /proc, or else a TMPDIR that is writable and not mounted noexec"
        : "libzmq comes with npm:zeromq: run scripts/setup.sh or `deno install`; its build needs Linux with glibc",
    },
    ZMQ_SYMBOLS,
  );
}
