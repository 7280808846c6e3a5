import { encodeCString } from "../ffi/c_string.ts";
import { ERRNO, formatErrno } from "../ffi/errno.ts";
import { loadLibc } from "./load.ts";
import { ACCOUNT_SYMBOLS } from "./symbols.ts";

/** Whom a program shall run as, as it was asked for. */
export interface Account {
  /** Name or number of the user. */
  user: string;
  /** Name or number of the group; without it the user's own groups are taken. */
  group?: string | undefined;
}

/** The numbers of an account. */
export interface Credentials {
  /** Number of the user. */
  uid: number;
  /** Number of the group. */
  gid: number;
  /** Numbers of all groups, sorted, the group included. */
  groups: readonly number[];
}

// struct passwd { char *pw_name, *pw_passwd; uid_t pw_uid; gid_t pw_gid; ... } and struct group { char *gr_name, *gr_passwd; gid_t gr_gid; ... }
// on 64-bit Linux, as 32-bit words (pwd.h, grp.h).
const PASSWD = { NAME: 0, UID: 4, GID: 5, WORDS: 12 };
const GROUP = { GID: 4, WORDS: 8 };
const FIRST_TEXT_SIZE = 4096;
const LAST_TEXT_SIZE = 16 * 1024 * 1024;
const LAST_ID = 0xffff_fffe;

type Library = Deno.DynamicLibrary<typeof ACCOUNT_SYMBOLS>;
type Search = (
  entry: Uint8Array<ArrayBuffer>,
  text: Uint8Array<ArrayBuffer>,
  found: BigUint64Array<ArrayBuffer>,
) => number;

/** An entry of a database; `text` is what its pointers point into. */
interface Entry {
  words: Uint32Array;
  text: Uint8Array;
}

/** The users and groups that this host knows, from files, LDAP or whatever it is set up for. */
export class AccountDatabase implements Disposable {
  readonly #library: Library = loadLibc(ACCOUNT_SYMBOLS);
  #open = true;

  /**
   * Looks an account up.
   *
   * A user alone gets the groups it has at a login; a user with a group gets that one group and no other.
   *
   * @param account Whom to look for. A number needs no entry if a group is given with it.
   * @returns The numbers.
   * @throws {RangeError} If there is no such user or group.
   * @throws {Error} If the database can not be read.
   */
  lookUp(account: Account): Credentials {
    const { user, group } = account;
    const entry = this.#user(user);
    const uid = entry?.words[PASSWD.UID] ?? parseId(user);
    if (uid === undefined) {
      throw new RangeError(
        `Cannot run as ${user}: there is no such user; make it, or name another`,
      );
    }
    if (group !== undefined) {
      const gid = this.#group(group);
      return { uid, gid, groups: [gid] };
    }
    if (entry === undefined) {
      throw new RangeError(
        `Cannot run as ${user}: it is no known user, so name the group too, as ${user}:GROUP`,
      );
    }
    const gid = entry.words[PASSWD.GID] ?? 0;
    return { uid, gid, groups: this.#groupsOf(entry, gid) };
  }

  /** Closes the library; doing so twice is fine. */
  [Symbol.dispose](): void {
    if (this.#open) this.#library.close();
    this.#open = false;
  }

  #user(user: string): Entry | undefined {
    const { getpwnam_r, getpwuid_r } = this.#library.symbols;
    const name = encodeCString(user);
    const byName = search(
      `user ${user}`,
      PASSWD.WORDS,
      (entry, text, found) =>
        getpwnam_r(name, entry, text, BigInt(text.byteLength), found),
    );
    const uid = parseId(user);
    if (byName !== undefined || uid === undefined) return byName;
    return search(
      `user ${user}`,
      PASSWD.WORDS,
      (entry, text, found) =>
        getpwuid_r(uid, entry, text, BigInt(text.byteLength), found),
    );
  }

  #group(group: string): number {
    const { getgrnam_r } = this.#library.symbols;
    const name = encodeCString(group);
    const entry = search(
      `group ${group}`,
      GROUP.WORDS,
      (entry, text, found) =>
        getgrnam_r(name, entry, text, BigInt(text.byteLength), found),
    );
    const gid = entry?.words[GROUP.GID] ?? parseId(group);
    if (gid === undefined) {
      throw new RangeError(
        `Cannot run in group ${group}: there is no such group; make it, or name another`,
      );
    }
    return gid;
  }

  #groupsOf(entry: Entry, gid: number): number[] {
    const { getgrouplist } = this.#library.symbols;
    const address = new BigUint64Array(entry.words.buffer as ArrayBuffer)[0];
    const name = Deno.UnsafePointer.create(address ?? 0n);
    const count = new Int32Array([64]);
    for (;;) {
      const groups = new Uint32Array(count[0] ?? 0);
      const result = getgrouplist(
        name,
        gid,
        new Uint8Array(groups.buffer),
        new Uint8Array(count.buffer),
      );
      // With too little room, `count` now says how much is needed.
      if (result >= 0) return [...groups.subarray(0, result)].sort(ascending);
    }
  }
}

/** Calls one of the `get..._r` functions with ever more room for the text. */
function search(
  what: string,
  words: number,
  call: Search,
): Entry | undefined {
  for (let size = FIRST_TEXT_SIZE; size <= LAST_TEXT_SIZE; size *= 2) {
    const entry = new Uint8Array(words * Uint32Array.BYTES_PER_ELEMENT);
    const text = new Uint8Array(size);
    const found = new BigUint64Array(1);
    const errno = call(entry, text, found);
    if (found[0] !== 0n) return { words: new Uint32Array(entry.buffer), text };
    if (errno === ERRNO.ERANGE) continue;
    // What the manual page lists as "not found", beside 0.
    if (NOT_FOUND.has(errno)) return undefined;
    throw new Error(`Cannot look up ${what}: ${formatErrno(errno)}`);
  }
  throw new Error(`Cannot look up ${what}: its entry is too long`);
}

const NOT_FOUND: ReadonlySet<number> = new Set([
  0,
  ERRNO.ENOENT,
  ERRNO.ESRCH,
  ERRNO.EBADF,
  ERRNO.EPERM,
]);

function parseId(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  return id !== undefined && id <= LAST_ID ? id : undefined;
}

function ascending(one: number, other: number): number {
  return one - other;
}
