import { object } from "@optique/core/constructs";
import type { Parser } from "@optique/core/parser";
import { type OptionGroup, optionGroup } from "../command.ts";
import { switchOption, valueOption } from "../declare_option.ts";
import { requireWith } from "../requirements.ts";
import { UsageError } from "../usage_error.ts";
import {
  keyword,
  MEBIBYTE,
  mebibytes,
  mebibytesPerSecond,
  SECOND,
  seconds,
  wholeNumber,
} from "../values/mod.ts";

/** How frames are compressed. */
export type CodecName = "zstd" | "deflate";

/** What is dropped above the high watermark: frames as they come, or whole flows. */
export type ShedPolicy = "tail" | "flow";

/** How the rate of the output is kept. */
export interface RateControlSettings {
  /** Rate of output from which frames are compressed, in bytes a second; 0 is never. @default {1048576} */
  readonly lowWatermark: number;
  /** Rate of output above which packets are dropped, in bytes a second; 0 is never. @default {5242880} */
  readonly highWatermark: number;
  /** Bytes of output after which the rate is looked at, besides once a second; 0 is not. */
  readonly watermarkInterval: number;
  /** How frames are compressed. @default {"zstd"} */
  readonly codec: CodecName;
  /** How hard the codec tries: 1 to 22 for zstd, 1 to 9 for deflate. */
  readonly compressionLevel: number;
  /** Longest that packets are held to be compressed together, in milliseconds. @default {200} */
  readonly compressionTimeout: number;
  /** What is dropped above the high watermark. @default {"flow"} */
  readonly shed: ShedPolicy;
}

/** Rate control of a program that is there for it. */
export interface ConstantRateControlSettings {
  /** How the rate of the output is kept. */
  readonly rateControl: RateControlSettings;
}

/** Rate control of a program that can do without. */
export interface OptionalRateControlSettings {
  /** Undefined when rate control is off. */
  readonly rateControl: RateControlSettings | undefined;
}

/** Defaults of {@linkcode rateControlOptions}; the interval is what follows from the watermarks. */
export const RATE_CONTROL_DEFAULTS: RateControlSettings = {
  lowWatermark: MEBIBYTE,
  highWatermark: 5 * MEBIBYTE,
  watermarkInterval: 10 * MEBIBYTE,
  codec: "zstd",
  compressionLevel: 3,
  compressionTimeout: 200,
  shed: "flow",
};

/** Levels of the codecs: the highest, and the one that is taken when nothing is said. */
const LEVELS: Readonly<Record<CodecName, { max: number; usual: number }>> = {
  zstd: { max: 22, usual: RATE_CONTROL_DEFAULTS.compressionLevel },
  deflate: { max: 9, usual: 6 },
};

/** What was written; undefined is what was not. */
type RawRateControl = {
  readonly [K in keyof RateControlSettings]: RateControlSettings[K] | undefined;
};

const RATE_CONTROL_PARSERS: {
  readonly [K in keyof RawRateControl]: Parser<
    "sync",
    RawRateControl[K],
    unknown
  >;
} = {
  lowWatermark: valueOption(["--lwm"], {
    value: mebibytesPerSecond(),
    hint: "1 MiB/s",
    help:
      "Low watermark: compress frames while the output to ZeroMQ is faster than this; 0 disables compression.",
  }),
  highWatermark: valueOption(["--hwm"], {
    value: mebibytesPerSecond(),
    hint: "5 MiB/s",
    help:
      "High watermark: drop packets while the output, after compression, is faster than this, and only as many as it takes; they " +
      "are counted as rate_dropped. 0 disables dropping. The Python original dropped everything above it.",
  }),
  watermarkInterval: valueOption(["--wm-interval"], {
    value: mebibytes(),
    hint: "2 * hwm or 4 * lwm, the larger",
    help:
      "Look at the rate after so much output. It is also looked at every second: the Python original did not, and could hold " +
      "packets of a stream that went quiet for ever.",
  }),
  codec: valueOption(["--codec"], {
    value: keyword<CodecName>({ zstd: "zstd", deflate: "deflate" }),
    hint: RATE_CONTROL_DEFAULTS.codec,
    help: "How frames are compressed. The Python original had deflate.",
  }),
  compressionLevel: valueOption(["--level"], {
    value: wholeNumber({ metavar: "N", max: LEVELS.zstd.max }),
    hint: `${LEVELS.zstd.usual} for zstd, ${LEVELS.deflate.usual} for deflate`,
    help:
      `How hard the codec tries, 1 to ${LEVELS.zstd.max} for zstd, 1 to ${LEVELS.deflate.max} for deflate: higher is smaller and slower.`,
  }),
  compressionTimeout: valueOption(["--flush-timeout"], {
    value: seconds({ min: 1, max: 60 * SECOND }),
    hint: "0.2 s",
    help: "Longest that packets are held to be compressed together.",
  }),
  shed: valueOption(["--shed"], {
    value: keyword<ShedPolicy>({ tail: "tail", flow: "flow" }),
    hint: RATE_CONTROL_DEFAULTS.shed,
    help:
      "What is dropped above the high watermark: frames as they come (tail), or whole connections, so that the others stay " +
      "complete for an IDS (flow).",
  }),
};

/** Options of a program that always controls the rate: `--lwm`, `--hwm`, `--wm-interval`, `--codec`, `--level`, `--flush-timeout`, `--shed`. */
export const rateControlOptions: OptionGroup<ConstantRateControlSettings> =
  optionGroup(
    object("Rate control", RATE_CONTROL_PARSERS),
    (raw) => ({ rateControl: resolveRateControl(raw) }),
  );

/** The same options for a program that controls the rate when it is told to: `--rate-control` and those. */
export const optionalRateControlOptions: OptionGroup<
  OptionalRateControlSettings
> = optionGroup(
  object("Rate control", {
    rateControl: switchOption(
      ["--rate-control"],
      "Keep the rate of the output: compress above the low watermark, drop above the high one.",
    ),
    ...RATE_CONTROL_PARSERS,
  }),
  ({ rateControl, ...raw }) => {
    if (rateControl) return { rateControl: resolveRateControl(raw) };
    requireWith("--rate-control", {
      "--lwm": raw.lowWatermark,
      "--hwm": raw.highWatermark,
      "--wm-interval": raw.watermarkInterval,
      "--codec": raw.codec,
      "--level": raw.compressionLevel,
      "--flush-timeout": raw.compressionTimeout,
      "--shed": raw.shed,
    });
    return { rateControl: undefined };
  },
);

function resolveRateControl(raw: RawRateControl): RateControlSettings {
  const {
    lowWatermark = RATE_CONTROL_DEFAULTS.lowWatermark,
    highWatermark = RATE_CONTROL_DEFAULTS.highWatermark,
    codec = RATE_CONTROL_DEFAULTS.codec,
  } = raw;
  if (highWatermark > 0 && lowWatermark > highWatermark) {
    const [low, high] = [lowWatermark, highWatermark].map((rate) =>
      mebibytesPerSecond().format(rate)
    );
    throw new UsageError(
      `--lwm (${low}) is above --hwm (${high}): make --hwm the larger, or 0 to drop nothing`,
    );
  }
  const { max, usual } = LEVELS[codec];
  const { compressionLevel = usual } = raw;
  if (compressionLevel > max) {
    throw new UsageError(
      `--level ${compressionLevel} is more than ${codec} has: write 1 to ${max}`,
    );
  }
  return {
    lowWatermark,
    highWatermark,
    watermarkInterval: raw.watermarkInterval ??
      Math.max(2 * highWatermark, 4 * lowWatermark),
    codec,
    compressionLevel,
    compressionTimeout: raw.compressionTimeout ??
      RATE_CONTROL_DEFAULTS.compressionTimeout,
    shed: raw.shed ?? RATE_CONTROL_DEFAULTS.shed,
  };
}
