import { RunningProcess } from "./process.ts";

const SCRIPT = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(s.recv(65536).decode(), flush=True)
`;

/**
 * Listens to what a service says to its service manager, in place of systemd. Each message stands on lines of its own on standard output.
 *
 * @param path Where, for `NOTIFY_SOCKET`.
 * @returns The listener, which the caller disposes of.
 */
export async function openServiceManager(
  path: string,
): Promise<RunningProcess> {
  const manager = new RunningProcess({
    program: "python3",
    args: ["-c", SCRIPT, path],
  });
  await manager.waitForLine(/^listening$/, { from: "stdout" });
  return manager;
}
