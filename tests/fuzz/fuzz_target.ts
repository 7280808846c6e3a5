import fc from "fast-check";

/** Something that reads what strangers send, and what must be true of it whatever they send. */
export interface FuzzTarget {
  /** Its name, for `--target`. */
  name: string;
  /** What is read. */
  inputs: fc.Arbitrary<unknown>;
  /** Whether reading takes turns of the event loop; that is slow, as each input does. */
  isAsync: boolean;
  /** Share of the inputs that it gets, beside the others: less than 1 for what is slow to read. */
  share: number;
  /**
   * Reads one input; throws if the reader crashed or gave something it should not.
   *
   * @param input Of {@linkcode inputs}.
   */
  check(input: unknown): void | Promise<void>;
}

/** How to run a target. */
export interface FuzzRun {
  /** How many inputs. */
  cases: number;
  /** Which inputs: the same seed gives the same ones. */
  seed: number;
  /** Which one alone, as a failure names it. */
  path?: string;
}

/** Longest that reading one input may take, in milliseconds: a hang, on any machine. */
const HANG = 5_000;

/** A target as it is written down. */
export interface FuzzSpec<T> {
  /** What is read. */
  inputs: fc.Arbitrary<T>;
  /** Reads one input. */
  check: (input: T) => void | Promise<void>;
  /** Whether it takes turns of the event loop. @default {false} */
  isAsync?: boolean;
  /** Share of the inputs. @default {1} */
  share?: number;
}

/**
 * Makes a target.
 *
 * @param name Its name.
 * @param spec What it reads, and how.
 */
export function fuzzTarget<T>(name: string, spec: FuzzSpec<T>): FuzzTarget {
  const { inputs, check, isAsync = false, share = 1 } = spec;
  // What comes back from inputs of T is a T.
  return { name, inputs, isAsync, share, check: (input) => check(input as T) };
}

/**
 * Shares inputs among targets.
 *
 * @param cases Inputs in all.
 * @param targets The targets.
 * @returns Inputs of each target, in their order; together at least as many as there should be.
 */
export function shareCases(
  cases: number,
  targets: readonly FuzzTarget[],
): number[] {
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  return targets.map(({ share }) => Math.ceil(cases * share / shares));
}

/**
 * Runs a target.
 *
 * @param target The target.
 * @param run How.
 * @throws {Error} At the first input that fails, made as small as can be; it names the seed and path that give it again.
 */
export async function runFuzz(
  target: FuzzTarget,
  run: FuzzRun,
): Promise<void> {
  const options = {
    numRuns: run.cases,
    seed: run.seed,
    ...(run.path !== undefined && { path: run.path }),
  };
  const { inputs } = target;
  if (!target.isAsync) {
    const check = (input: unknown): void => {
      const start = performance.now();
      void target.check(input);
      checkDuration(start);
    };
    return fc.assert(fc.property(inputs, check), options);
  }
  const check = async (input: unknown): Promise<void> => {
    const start = performance.now();
    await target.check(input);
    checkDuration(start);
  };
  await fc.assert(fc.asyncProperty(inputs, check), options);
}

function checkDuration(start: number): void {
  const duration = performance.now() - start;
  if (duration > HANG) throw new Error(`It took ${Math.round(duration)} ms`);
}
