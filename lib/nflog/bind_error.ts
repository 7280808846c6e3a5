import { ERRNO } from "../ffi/errno.ts";
import { ErrnoError } from "../ffi/errno_error.ts";
import { findGroupHolder, type ProcFiles } from "./group_holder.ts";

/** A group could not be bound. */
export class BindError extends Error {
  /** The group. */
  readonly group: number;
  /** Why: somebody else has it, a right is missing, the kernel lacks what was asked for, or something rarer. */
  readonly kind: "held" | "forbidden" | "unsupported" | "other";

  /**
   * Makes the error.
   *
   * @param message Why, and what to do about it.
   * @param options The group, the kind of fault, and the cause.
   */
  constructor(
    message: string,
    options: { group: number; kind: BindError["kind"]; cause: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "BindError";
    this.group = options.group;
    this.kind = options.kind;
  }
}

/**
 * Tells why a group could not be bound. The kernel answers EPERM both when another socket has the group and when CAP_NET_ADMIN is missing; /proc tells
 * which it was.
 *
 * @param group NFLOG group.
 * @param error What binding it threw.
 * @param files Reads /proc.
 * @returns An error that says what to do; `error` itself if it was no failed call.
 */
export function explainBindError(
  group: number,
  error: unknown,
  files: ProcFiles,
): unknown {
  if (!(error instanceof ErrnoError)) return error;
  const mayBeHeld = error.errno === ERRNO.EPERM || error.errno === ERRNO.EBUSY;
  const holder = mayBeHeld ? findGroupHolder(group, files) : undefined;
  if (holder !== undefined) {
    const who = holder.pid === undefined
      ? `another process (netlink port ${holder.port})`
      : `process ${holder.pid} (${holder.name ?? "unknown"})`;
    return new BindError(
      `Cannot bind NFLOG group ${group}: ${who} holds it; stop that one, or log to another group`,
      { group, kind: "held", cause: error },
    );
  }
  if (error.errno === ERRNO.EPERM && hasNetAdmin(files)) {
    // In a user namespace of a plain user, who holds a group may not be read.
    return new BindError(
      `Cannot bind NFLOG group ${group}: EPERM: another process holds it, or the network namespace is another user's; stop that one, or log to another group`,
      { group, kind: "held", cause: error },
    );
  }
  if (error.errno === ERRNO.EPERM) {
    return new BindError(
      `Cannot bind NFLOG group ${group}: EPERM: CAP_NET_ADMIN is missing; start as root and give up rights by --user, or grant that capability`,
      { group, kind: "forbidden", cause: error },
    );
  }
  if (error.errno === ERRNO.EOPNOTSUPP) {
    return new BindError(
      `Cannot bind NFLOG group ${group}: EOPNOTSUPP: this kernel cannot tell about connections; load nf_conntrack_netlink, or leave conntrack out`,
      { group, kind: "unsupported", cause: error },
    );
  }
  return new BindError(error.message, { group, kind: "other", cause: error });
}

/** CAP_NET_ADMIN (linux/capability.h), as a bit of the last eight hexadecimal digits of CapEff. */
const NET_ADMIN = 1 << 12;

/** Tells whether this process has CAP_NET_ADMIN, in whichever user namespace it is. */
function hasNetAdmin(files: ProcFiles): boolean {
  const status = files.readText("/proc/self/status") ?? "";
  const low = /^CapEff:\s*[0-9a-f]{8}([0-9a-f]{8})$/m.exec(status)?.[1];
  return low !== undefined && (parseInt(low, 16) & NET_ADMIN) !== 0;
}
