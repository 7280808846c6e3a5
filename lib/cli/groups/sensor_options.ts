import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { valueOption } from "../declare_option.ts";
import { plainText } from "../values/mod.ts";

/** Who a sender is. */
export interface SensorSettings {
  /** Name in the frames; undefined for the host name. */
  readonly sensor: string | undefined;
}

/** What a frame can carry: MAX_SENSOR_LENGTH in lib/wire. */
const MAX_NAME_BYTES = 64;

/** Options of the sender: `--sensor`. */
export const sensorOptions: OptionGroup<SensorSettings> = optionGroup(
  object("Identity", {
    sensor: valueOption(["--sensor"], {
      value: plainText({
        metavar: "NAME",
        name: "sensor name",
        maxBytes: MAX_NAME_BYTES,
      }),
      hint: "the host name",
      help:
        "Name that the receiver shows this host's packets and losses under, at most 64 bytes.",
    }),
  }),
  (settings) => settings,
);
