import { addonPath, type Target } from "./target.ts";
import { TOP } from "./project.ts";
import { CommandError, run } from "./run.ts";

/** The C++ library that libzmq is linked with, by the name that the loader knows it by. */
export const CXX_LIBRARY = "libstdc++.so.6";

/**
 * Finds the C++ library that executables take along, for hosts that have none: that of this machine, or, for another architecture, the one that Debian's
 * cross compilers bring (`libstdc++6-arm64-cross`).
 *
 * @param target What is built for.
 * @returns Its absolute path, or undefined if there is none here.
 */
export async function findCxxLibrary(
  target: Target,
): Promise<string | undefined> {
  const path = target.architecture === Deno.build.arch
    ? await findOwn(target)
    : `/usr/${target.libraries}/lib/${CXX_LIBRARY}`;
  if (path === undefined) return undefined;
  try {
    return (await Deno.stat(path)).isFile ? path : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Asks the loader which one it would take. */
async function findOwn(target: Target): Promise<string | undefined> {
  try {
    const { stdout } = await run(["ldd", `${TOP}/${addonPath(target)}`]);
    return /^\tlibstdc\+\+\.so\.6 => (\/\S+) /m.exec(stdout)?.[1];
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
