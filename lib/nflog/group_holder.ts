/** The files that {@linkcode findGroupHolder} reads, by {@linkcode ProcReader} or a stand-in. */
export interface ProcFiles {
  /** Reads a text file; undefined if it cannot be read. */
  readText(path: string): string | undefined;
  /** Reads a symbolic link; undefined if it cannot be read. */
  readLink(path: string): string | undefined;
  /** Lists a directory; empty if it cannot be read. */
  list(path: string): string[];
}

/** Who holds an NFLOG group. */
export interface GroupHolder {
  /** Port number of its netlink socket. */
  port: number;
  /** Its process, when it could be found. */
  pid?: number;
  /** The name of that process. */
  name?: string;
}

/** Columns of /proc/net/netfilter/nfnetlink_log (nfnetlink_log.c, seq_show). */
const LOG_COLUMN = { GROUP: 0, PORT: 1 } as const;

/** Columns of /proc/net/netlink (af_netlink.c, netlink_native_seq_show). */
const SOCKET_COLUMN = { PROTOCOL: 1, PORT: 2, INODE: 9 } as const;

/** NETLINK_NETFILTER (linux/netlink.h). */
const NETLINK_NETFILTER = "12";

function rows(text: string | undefined): string[][] {
  return (text ?? "").split("\n").map((line) => line.trim().split(/\s+/));
}

/**
 * Finds who holds an NFLOG group in this network namespace.
 *
 * @param group NFLOG group.
 * @param files Reads /proc.
 * @returns The holder; its process is known only to those who may look at it. Undefined if nobody holds the group, or that may not be read.
 */
export function findGroupHolder(
  group: number,
  files: ProcFiles,
): GroupHolder | undefined {
  const held = rows(files.readText("/proc/net/netfilter/nfnetlink_log"))
    .find((row) => row[LOG_COLUMN.GROUP] === String(group));
  const port = Number(held?.[LOG_COLUMN.PORT] ?? NaN);
  if (!Number.isInteger(port)) return undefined;
  const socket = rows(files.readText("/proc/net/netlink")).find((row) =>
    row[SOCKET_COLUMN.PROTOCOL] === NETLINK_NETFILTER &&
    row[SOCKET_COLUMN.PORT] === String(port)
  );
  const inode = socket?.[SOCKET_COLUMN.INODE];
  const pid = inode === undefined ? undefined : findSocketOwner(inode, files);
  if (pid === undefined) return { port };
  const name = files.readText(`/proc/${pid}/comm`)?.trim();
  return name === undefined ? { port, pid } : { port, pid, name };
}

/** Finds the process that has the socket with this inode open. */
function findSocketOwner(inode: string, files: ProcFiles): number | undefined {
  const target = `socket:[${inode}]`;
  for (const pid of files.list("/proc").filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    const found = files.list(folder).some((descriptor) =>
      files.readLink(`${folder}/${descriptor}`) === target
    );
    if (found) return Number(pid);
  }
  return undefined;
}
