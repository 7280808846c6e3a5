import { object } from "@optique/core/constructs";
import { MAX_SENSOR_LENGTH } from "../../wire/constants.ts";
import { type OptionGroup, optionGroup } from "../command.ts";
import { valueOption } from "../declare_option.ts";
import { plainText } from "../values/mod.ts";

/** Who a sender is. */
export interface SensorSettings {
  /** Name in the frames; undefined for the host name. */
  readonly sensor: string | undefined;
}

/** Options of the sender: `--sensor`. */
export const sensorOptions: OptionGroup<SensorSettings> = optionGroup(
  object("Identity", {
    sensor: valueOption(["--sensor"], {
      value: plainText({
        metavar: "NAME",
        name: "sensor name",
        maxBytes: MAX_SENSOR_LENGTH,
      }),
      hint: "the host name",
      help:
        `Name that the receiver shows this host's packets and losses under, at most ${MAX_SENSOR_LENGTH} bytes.`,
    }),
  }),
  (settings) => settings,
);
