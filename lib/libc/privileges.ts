import { ErrnoError } from "../ffi/errno_error.ts";
import {
  type Account,
  AccountDatabase,
  type Credentials,
} from "./account_database.ts";
import { PRCTL } from "./constants.ts";
import { type ErrnoView, viewErrno } from "./errno_view.ts";
import { loadLibc } from "./load.ts";
import { PRIVILEGE_SYMBOLS } from "./symbols.ts";

const ADVICE =
  "start the program as root, or as that user, or leave the option out";

type Library = Deno.DynamicLibrary<typeof PRIVILEGE_SYMBOLS>;

/**
 * Becomes another user for good, in all threads of the process, and makes sure that it took.
 *
 * Open first whatever needs the rights that go. Afterwards the process can neither be traced by that user's other processes nor leave
 * a core file, as what it holds was opened by root.
 *
 * @param account Whom to become; see {@linkcode AccountDatabase.lookUp}.
 * @returns The numbers that were taken.
 * @throws {RangeError} If there is no such user or group.
 * @throws {ErrnoError} If the kernel refuses.
 * @throws {Error} If it did not take, or can be taken back. After any of these the program must not go on.
 */
export function dropPrivileges(account: Account): Credentials {
  using database = new AccountDatabase();
  const credentials = database.lookUp(account);
  const library = loadLibc(PRIVILEGE_SYMBOLS);
  try {
    new PrivilegeDrop(library, account.user).run(credentials);
  } finally {
    library.close();
  }
  return credentials;
}

class PrivilegeDrop {
  readonly #symbols: Library["symbols"];
  readonly #errno: ErrnoView;
  readonly #user: string;

  constructor(library: Library, user: string) {
    this.#symbols = library.symbols;
    this.#errno = viewErrno(library.symbols.__errno_location());
    this.#user = user;
  }

  run(wanted: Credentials): void {
    if (!this.#has(wanted)) this.#set(wanted);
    if (!this.#has(wanted)) {
      throw new Error(
        `Cannot run as ${this.#user}: the kernel reports other numbers than those it was given`,
      );
    }
    this.#refuseReturn(wanted.uid);
    this.#hideMemory();
  }

  #set({ uid, gid, groups }: Credentials): void {
    const { setgroups, setresgid, setresuid } = this.#symbols;
    const list = new Uint8Array(new Uint32Array(groups).buffer);
    // The groups first: without the user root there is no right to change them.
    this.#check("setgroups", setgroups(BigInt(groups.length), list));
    this.#check("setresgid", setresgid(gid, gid, gid));
    this.#check("setresuid", setresuid(uid, uid, uid));
  }

  #has({ uid, gid, groups }: Credentials): boolean {
    const { getresuid, getresgid } = this.#symbols;
    const ids = [0, 1, 2].map(() => new Uint32Array(1));
    const [real, effective, saved] = ids.map((id) => new Uint8Array(id.buffer));
    if (!real || !effective || !saved) return false;
    this.#check("getresuid", getresuid(real, effective, saved));
    if (ids.some(([id]) => id !== uid)) return false;
    this.#check("getresgid", getresgid(real, effective, saved));
    if (ids.some(([id]) => id !== gid)) return false;
    return String(this.#groups()) === String(groups);
  }

  #groups(): number[] {
    const { getgroups } = this.#symbols;
    const count = this.#check("getgroups", getgroups(0, null));
    const groups = new Uint32Array(count);
    const list = new Uint8Array(groups.buffer);
    this.#check("getgroups", getgroups(count, list));
    return [...groups].sort((one, other) => one - other);
  }

  /** The one proof that counts: a try to become root again must fail. */
  #refuseReturn(uid: number): void {
    if (uid === 0) return;
    if (this.#symbols.setresuid(0, 0, 0) === 0) {
      throw new Error(
        `Cannot run as ${this.#user}: the process could become root again; take CAP_SETUID away from it`,
      );
    }
  }

  #hideMemory(): void {
    const { prctl } = this.#symbols;
    // The kernel does this at a change of user, unless fs.suid_dumpable says otherwise.
    this.#check("prctl", prctl(PRCTL.SET_DUMPABLE, 0n, 0n, 0n, 0n));
  }

  #check(call: string, result: number): number {
    if (result >= 0) return result;
    const cause = new ErrnoError(`Cannot run as ${this.#user}`, {
      call,
      errno: this.#errno[0] ?? 0,
    });
    cause.message += `; ${ADVICE}`;
    throw cause;
  }
}
