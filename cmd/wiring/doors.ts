// CURVE on sockets that others connect to: the keys of this end, who may connect, and reading that anew.

import type { CurveServer } from "../../lib/cli/groups/curve_options.ts";
import type { Poller } from "../../lib/libc/poller.ts";
import type { DoorChange } from "../../lib/roles/door.ts";
import type { KeyHolders, KeyUse } from "../../lib/roles/key_holder.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import type { CurveServerOptions } from "../../lib/zmq/curve.ts";
import type { Host } from "./host.ts";
import { readAllowList, readKeyPair } from "./keys.ts";
import { openZapService, type ZapService } from "./zap_service.ts";

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
  #service: ZapService | undefined;
  #reloading = Promise.resolve();
  /** Whether a reading is to come that has not begun. */
  #willRead = false;

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
      doors.#service = stack.use(openZapService(context, options));
      doors.#tellService();
    }
    // A service without keys is not to end when it is told to reload; a program whose terminal hangs up is.
    if (open.size > 0 || !Deno.stdin.isTerminal()) {
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

  /**
   * Reads the lists again. One that cannot be read, or is not as it should be, stays as it was, and it is said so.
   *
   * One reading follows the other: a slow one must not bring back keys that a later one has removed.
   *
   * @returns Fulfilled when all lists are as they were in their files at this call, or later.
   */
  reload(): Promise<void> {
    if (this.#willRead) return this.#reloading;
    this.#willRead = true;
    return this.#reloading = this.#reloading.then(() => {
      this.#willRead = false;
      return this.#readAgain();
    });
  }

  async #readAgain(): Promise<void> {
    for (const [use, door] of this.#doors) {
      const holders = await this.#tryRead(use, door);
      if (holders === undefined) continue;
      door.holders = holders;
      this.#warnEmpty(use, door);
      this.#tellService();
      this.#logChange(use, door, door.keeper?.replace(holders));
    }
  }

  async #tryRead(
    use: KeyUse,
    { allowPath }: OpenDoor,
  ): Promise<KeyHolders | undefined> {
    try {
      return await readHolders(allowPath, use);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.error(
        `The keys that may connect stay as they were: ${reason}`,
        { use },
      );
      return undefined;
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

  #tellService(): void {
    this.#service?.replaceHolders(
      new Map([...this.#doors].map(([use, { holders }]) => [use, holders])),
    );
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
