// Answers libzmq's questions whether a key may connect.

import type { Poller } from "../../lib/libc/poller.ts";
import type { KeyHolders, KeyUse } from "../../lib/roles/key_holder.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import { ZapHandler, type ZapRefusal } from "../../lib/zmq/zap_handler.ts";
import type { Host } from "./host.ts";

/** How often a refused key is logged, in milliseconds. */
const REFUSAL_INTERVAL = 60_000;

/** Refused keys that are remembered, so that each is logged: whoever makes up keys is not to fill the log, nor memory. */
const KEYS_LOGGED_APART = 64;

/** What answering takes. */
export interface ZapServiceOptions {
  /** Waits for descriptors. */
  poller: Poller;
  /** The process it runs in; it ends if nobody can be let in any more. */
  host: Host;
}

/** Who may connect, by what the sockets are for. */
export type HoldersByUse = ReadonlyMap<KeyUse, KeyHolders>;

/** Answers for the sockets of a context, until it is disposed of: before the context. */
export interface ZapService extends AsyncDisposable {
  /** Replaces who may connect, for connections to come. */
  replaceHolders(holders: HoldersByUse): void;
}

/**
 * Begins to answer, with nobody let in.
 *
 * @param context What the sockets are made from; none of them is bound yet.
 * @param options What it takes.
 * @returns The service.
 */
export function openZapService(
  context: ZmqContext,
  { poller, host }: ZapServiceOptions,
): ZapService {
  const logger = limitByKey(host.logger);
  const handler = ZapHandler.open(context, {
    onRefused: (refusal) => logRefusal(logger, refusal),
  });
  const ended = new AbortController();
  const serving = serve(handler, poller, ended.signal).catch((error) => {
    // Nobody gets in without an answer: a program that only seems to work would be worse than one that ends.
    host.logger.error(`Keys cannot be checked any more: ${error}`);
    host.requestStop();
  });
  return {
    replaceHolders: (holders) => handler.replaceAllowed(listsOf(holders)),
    [Symbol.asyncDispose](): Promise<void> {
      ended.abort();
      poller.wake();
      return serving;
    },
  };
}

/** What the handler calls a key comes with each of its messages: the key itself, which tells more than a name. */
function listsOf(holders: HoldersByUse): Map<string, Map<string, string>> {
  return new Map([...holders].map(([use, of]) => {
    const keys = [...of.keys()].map((key) => [key, key] as const);
    return [use, new Map(keys)];
  }));
}

/** Answers clients that wait to be let in. */
async function serve(
  handler: ZapHandler,
  poller: Poller,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    if (handler.serve() === 0) await poller.wait(handler.fd, "read");
  }
}

/** Lets one line a minute through for each key at each kind of socket, and one for all keys beyond the first of them. */
function limitByKey(logger: Logger): Logger {
  const seen = new Set<string>();
  return new RateLimitedLogger(logger, {
    interval: REFUSAL_INTERVAL,
    now: () => performance.now(),
    kindOf(_message, { public_key: key, use }): string {
      const kind = `${use} ${key}`;
      if (seen.size < KEYS_LOGGED_APART) seen.add(kind);
      return seen.has(kind) ? kind : "others";
    },
  });
}

function logRefusal(logger: Logger, refusal: ZapRefusal): void {
  const { address, publicKey, domain: use } = refusal;
  logger.warn(
    "Refused a connection: its key is not on the allow list",
    { address, public_key: publicKey, use },
  );
}
