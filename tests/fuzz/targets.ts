import type { FuzzTarget } from "./fuzz_target.ts";
import { CAPTURE_TARGETS } from "./targets/captures.ts";
import { MESSAGE_TARGETS } from "./targets/messages.ts";
import { NETLINK_TARGETS } from "./targets/netlink.ts";
import { HTTP_TARGETS } from "./targets/http.ts";
import { REQUEST_TARGETS } from "./targets/requests.ts";
import { STRUCTURE_TARGETS } from "./targets/structures.ts";

/** Everything that reads what strangers send. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...MESSAGE_TARGETS,
  ...STRUCTURE_TARGETS,
  ...NETLINK_TARGETS,
  ...CAPTURE_TARGETS,
  ...HTTP_TARGETS,
  ...REQUEST_TARGETS,
];
