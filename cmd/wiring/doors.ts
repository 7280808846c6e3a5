// CURVE on sockets that others connect to: the keys of this end, who may connect, and reading that anew.

import type { CurveServer } from "../../lib/cli/groups/curve_options.ts";
import type { Poller } from "../../lib/libc/poller.ts";
import type { DoorChange } from "../../lib/roles/door.ts";
import type { KeyHolders, KeyUse } from "../../lib/roles/key_holder.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import type { CurveServerOptions } from "../../lib/zmq/curve.ts";
import { ZapHandler, type ZapRefusal } from "../../lib/zmq/zap_handler.ts";
import type { Host } from "./host.ts";
import { readAllowList, readKeyPair } from "./keys.ts";

/** How often refused keys are logged, in milliseconds. */
const REFUSAL_INTERVAL = 60_000;

/** Refused keys that are remembered, so that each is logged: whoever makes up keys is not to fill the log, nor memory. */
const KEYS_LOGGED_APART = 64;

/** CURVE of the sockets of a program, as its command line has it. */
export type DoorSettings = Readonly<Record<KeyUse, CurveServer | undefined>>;

/** What takes a new list of keys. */
export interface DoorKeeper {
  /** Replaces the list. */
  replace(holders: KeyHolders): DoorChange;
}

/** What is needed to open doors. */
export interface DoorOptions {
  /** Which of them have CURVE. */
  settings: DoorSettings;
  /** Waits for descriptors. */
  poller: Poller;
  /** The process, which is told to read the lists again on SIGHUP. */
  host: Host;
  /** Ends what is begun here. */
  stack: AsyncDisposableStack;
}

/** A door of this program. */
interface OpenDoor {
  readonly secretKey: string;
  readonly allowPath: string;
  holders: KeyHolders;
  keeper: DoorKeeper | undefined;
}

/** Who may come in at the sockets of a program. */
export class Doors {
  readonly #doors: ReadonlyMap<KeyUse, OpenDoor>;
  readonly #logger: Logger;
  #handler: ZapHandler | undefined;

  private constructor(doors: ReadonlyMap<KeyUse, OpenDoor>, logger: Logger) {
    this.#doors = doors;
    this.#logger = logger;
  }

  /**
   * Reads the keys and lists of a program, and begins to answer for them. To be called before any socket is bound.
   *
   * @param context What the sockets are made from.
   * @param options What is needed.
   * @returns The doors.
   * @throws {RangeError} If a file is open to others.
   * @throws {SyntaxError} If a file is not as it should be.
   */
  static async open(
    context: ZmqContext,
    options: DoorOptions,
  ): Promise<Doors> {
    const { settings, host, stack } = options;
    const open = new Map<KeyUse, OpenDoor>();
    for (const use of ["send", "query"] as const) {
      const door = settings[use];
      if (door !== undefined) open.set(use, await readDoor(door, use));
    }
    const doors = new Doors(open, host.logger);
    for (const [use, door] of open) doors.#warnEmpty(use, door);
    if (open.size > 0) {
      stack.use(doors.#serve(context, options));
      host.reloadWith(() => doors.reload());
    }
    return doors;
  }

  /**
   * Gives who may come in.
   *
   * @param use What the socket is for.
   * @returns The holders of keys, undefined when everybody may.
   */
  holders(use: KeyUse): KeyHolders | undefined {
    return this.#doors.get(use)?.holders;
  }

  /**
   * Gives the option of a socket.
   *
   * @param use What the socket is for.
   * @returns The option, undefined without CURVE.
   */
  curve(use: KeyUse): CurveServerOptions | undefined {
    const door = this.#doors.get(use);
    return door &&
      { role: "server", secretKey: door.secretKey, domain: use };
  }

  /**
   * Says what is to be told when a list is replaced.
   *
   * @param use What the socket is for.
   * @param keeper What is to be told.
   */
  attach(use: KeyUse, keeper: DoorKeeper): void {
    const door = this.#doors.get(use);
    if (door !== undefined) door.keeper = keeper;
  }

  /** Reads the lists again. One that cannot be read, or is not as it should be, stays as it was, and it is said so. */
  async reload(): Promise<void> {
    for (const [use, door] of this.#doors) {
      try {
        door.holders = await readHolders(door.allowPath, use);
        this.#warnEmpty(use, door);
        this.#tellHandler();
        this.#logChange(use, door, door.keeper?.replace(door.holders));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.error(
          `The keys that may connect stay as they were: ${reason}`,
          { use },
        );
      }
    }
  }

  #warnEmpty(use: KeyUse, { allowPath: file, holders }: OpenDoor): void {
    if (holders.size > 0) return;
    this.#logger.warn("Nobody may connect: no key is allowed", { file, use });
  }

  #logChange(
    use: KeyUse,
    { allowPath, holders }: OpenDoor,
    change: DoorChange | undefined,
  ): void {
    const { added = [], removed = [], ended = [] } = change ?? {};
    this.#logger.info("Read again which keys may connect", {
      file: allowPath,
      use,
      keys: holders.size,
      added: added.join(",") || undefined,
      removed: removed.join(",") || undefined,
      connections_ended: ended.length,
    });
  }

  #tellHandler(): void {
    const lists = [...this.#doors].map(([use, { holders }]) => {
      // A message comes with what the handler calls its key: the key itself, which tells more than a name.
      const keys = [...holders.keys()].map((key) => [key, key] as const);
      return [use, new Map(keys)] as const;
    });
    this.#handler?.replaceAllowed(new Map(lists));
  }

  #serve(
    context: ZmqContext,
    { poller, host }: DoorOptions,
  ): AsyncDisposable {
    const logger = limitByKey(host.logger);
    const handler = ZapHandler.open(context, {
      onRefused: (refusal) => logRefusal(logger, refusal),
    });
    this.#handler = handler;
    this.#tellHandler();
    const ended = new AbortController();
    const serving = serve(handler, poller, ended.signal);
    return {
      [Symbol.asyncDispose](): Promise<void> {
        ended.abort();
        poller.wake();
        return serving;
      },
    };
  }
}

async function readDoor(
  { keyFile, allowPath }: CurveServer,
  use: KeyUse,
): Promise<OpenDoor> {
  const { secretKey } = await readKeyPair(keyFile);
  const holders = await readHolders(allowPath, use);
  return { secretKey, allowPath, holders, keeper: undefined };
}

/** Reads who may connect for one use. */
async function readHolders(path: string, use: KeyUse): Promise<KeyHolders> {
  const holders = await readAllowList(path);
  return new Map([...holders].filter(([, { uses }]) => uses.has(use)));
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

/** Lets one line a minute through for each key, and one for all keys beyond the first of them. */
function limitByKey(logger: Logger): Logger {
  const seen = new Set<unknown>();
  return new RateLimitedLogger(logger, {
    interval: REFUSAL_INTERVAL,
    now: () => performance.now(),
    kindOf(_message, { public_key: key }): string {
      if (seen.size < KEYS_LOGGED_APART) seen.add(key);
      return seen.has(key) ? String(key) : "others";
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
