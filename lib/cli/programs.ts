import type { CommandDefinition } from "./command.ts";
import { COMPRESS_DEFINITION } from "./compress_command.ts";
import { DECOMPRESS_DEFINITION } from "./decompress_command.ts";
import { DUMP_DEFINITION } from "./dump_command.ts";
import { EXTCAP_DEFINITION } from "./extcap_command.ts";
import { QUERY_DEFINITION } from "./query_command.ts";
import { RECEIVE_DEFINITION } from "./receive_command.ts";
import { SEND_DEFINITION } from "./send_command.ts";

/** All programs, in the order in which documentation lists them. A program needs only its own definition: this is for tools. */
export const PROGRAMS: readonly CommandDefinition<unknown>[] = [
  SEND_DEFINITION,
  RECEIVE_DEFINITION,
  COMPRESS_DEFINITION,
  DECOMPRESS_DEFINITION,
  QUERY_DEFINITION,
  DUMP_DEFINITION,
  EXTCAP_DEFINITION,
];
