import { readEnvironment } from "./environment.ts";

/**
 * Whom a file must be safe from: what is "secret" nobody but its owner may read or write, what is "trusted" not everybody may write.
 */
export type FileGuard = "secret" | "trusted";

// Bits of a file's mode (sys/stat.h).
const GROUP_READ = 0o040;
const OTHERS_WRITE = 0o002;
const NOT_OWNER = 0o077;

/** Largest file that is read, in bytes. */
const MAX_SIZE = 1024 * 1024;

/**
 * Reads a small text file, after making sure that only those could read or write it who may.
 *
 * A secret that systemd hands over (`LoadCredential=`) may have the group's bit for reading set: there it stands for an access list that names the
 * program's user.
 *
 * @param path The file.
 * @param guard Whom it must be safe from.
 * @returns What is in it.
 * @throws {RangeError} If it is no regular file, larger than 1 MiB, or open to others. The content is never quoted.
 * @throws {Error} If it cannot be read.
 */
export async function readGuardedFile(
  path: string,
  guard: FileGuard,
): Promise<string> {
  // Opening a FIFO would wait for its writer.
  requireRegular(path, await Deno.stat(path));
  using file = await Deno.open(path);
  // What was opened is what counts: the path may lead elsewhere by now.
  const info = await file.stat();
  requireRegular(path, info);
  requireMode(path, info.mode ?? NOT_OWNER, guard);
  const bytes = new Uint8Array(MAX_SIZE + 1);
  let size = 0;
  while (size <= MAX_SIZE) {
    const read = await file.read(bytes.subarray(size));
    if (read === null) {
      return new TextDecoder().decode(bytes.subarray(0, size));
    }
    size += read;
  }
  throw new RangeError(`Cannot read ${path}: it is larger than 1 MiB`);
}

/**
 * Lists the names in a directory, after making sure that not everybody can put files there.
 *
 * @param path The directory.
 * @returns The names of its regular files and links, sorted.
 * @throws {RangeError} If every user can write to it.
 * @throws {Error} If it cannot be read.
 */
export async function listTrustedDirectory(path: string): Promise<string[]> {
  const { mode } = await Deno.stat(path);
  requireMode(path, mode ?? NOT_OWNER, "trusted");
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (!isDirectory) names.push(name);
  }
  return names.sort();
}

/** A file that is to be made. */
export interface NewFile {
  /** Where. */
  path: string;
  /** What it holds. */
  text: string;
  /** Its mode, before the umask takes some away: 0o600 for a secret. */
  mode: number;
}

/**
 * Makes files that are not there yet, all of them or none. Each has its mode from the first moment on.
 *
 * @param files The files.
 * @throws {RangeError} If one of them exists, if only as a link that leads nowhere: nothing is ever overwritten.
 * @throws {Error} If one cannot be written.
 */
export async function createFiles(files: readonly NewFile[]): Promise<void> {
  const made: string[] = [];
  try {
    for (const { path, text, mode } of files) {
      using file = await createOne(path, mode);
      made.push(path);
      await writeWhole(file, text);
      await file.sync();
    }
  } catch (error) {
    for (const path of made) await Deno.remove(path);
    throw error;
  }
}

async function createOne(path: string, mode: number): Promise<Deno.FsFile> {
  try {
    // O_EXCL: fails for anything that has the name already, links too.
    return await Deno.open(path, { write: true, createNew: true, mode });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new RangeError(
      `Cannot write ${path}: it exists, and keys are never overwritten; choose another name, or move it away`,
      { cause: error },
    );
  }
}

async function writeWhole(file: Deno.FsFile, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.byteLength > 0) rest = rest.subarray(await file.write(rest));
}

function requireRegular(path: string, { isFile }: Deno.FileInfo): void {
  if (!isFile) {
    throw new RangeError(`Cannot read ${path}: it is no regular file`);
  }
}

function requireMode(path: string, mode: number, guard: FileGuard): void {
  const shown = (mode & 0o7777).toString(8).padStart(4, "0");
  if (guard === "trusted") {
    if ((mode & OTHERS_WRITE) === 0) return;
    throw new RangeError(
      `Cannot trust ${path}: its mode ${shown} lets every user change it; run chmod o-w ${path}`,
    );
  }
  const allowed = isCredential(path) ? GROUP_READ : 0;
  if ((mode & NOT_OWNER & ~allowed) === 0) return;
  throw new RangeError(
    `Cannot use the secret in ${path}: its mode ${shown} opens it to others; run chmod 600 ${path}`,
  );
}

/** Whether systemd made the file for this service. */
function isCredential(path: string): boolean {
  const { CREDENTIALS_DIRECTORY: directory } = readEnvironment([
    "CREDENTIALS_DIRECTORY",
  ]);
  if (directory === undefined || !directory.startsWith("/")) return false;
  const name = path.slice(directory.length + 1);
  return path === `${directory}/${name}` && !name.includes("/");
}
