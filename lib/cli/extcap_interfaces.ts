/** One setting of an interface, as Wireshark shows it. */
export interface ExtcapSetting {
  /** The option that it becomes. */
  readonly call: `--${string}`;
  /** What it is called. */
  readonly display: string;
  /** What it does. */
  readonly tooltip: string;
  /** What is filled in: text, a number, a time, a file, or yes or no. */
  readonly type:
    | "string"
    | "unsigned"
    | "timestamp"
    | "fileselect"
    | "boolflag";
  /** What it is when nothing is filled in. */
  readonly default?: string;
  /** An example, shown where nothing is filled in. */
  readonly placeholder?: string;
  /** Least and most of a number. */
  readonly range?: readonly [number, number];
  /** Whether there is no capture without it. */
  readonly required?: boolean;
  /** The tab that it stands on. */
  readonly group: string;
}

/** Something that Wireshark can capture from. */
export interface ExtcapInterface {
  /** How it is named in calls, and in Wireshark's preferences. */
  readonly value: string;
  /** What it is called. */
  readonly display: string;
  /** Its settings, in their order. */
  readonly settings: readonly ExtcapSetting[];
}

/** The groups of this host, and the window of a receiver. */
export const EXTCAP_INTERFACES: readonly ExtcapInterface[] = [
  {
    value: "nflog-local",
    display: "NFLOG groups of this host's firewall",
    settings: [
      {
        call: "--groups",
        display: "NFLOG groups",
        tooltip: "Separated by commas, ranges allowed: 0,1,5-7",
        type: "string",
        default: "0",
        required: true,
        group: "Capture",
      },
      {
        call: "--snaplen",
        display: "Bytes kept of each packet",
        tooltip: "Packets are cut to so many bytes",
        type: "unsigned",
        range: [1, 262144],
        default: "262144",
        group: "Capture",
      },
      {
        call: "--fix-checksums",
        display: "Complete checksums left to the network card",
        tooltip: "And only those: a checksum that is wrong otherwise stays so",
        type: "boolflag",
        default: "false",
        group: "Capture",
      },
      {
        call: "--segment",
        display: "Split large TCP segments",
        tooltip: "As the network card would, to 1500 bytes",
        type: "boolflag",
        default: "false",
        group: "Capture",
      },
    ],
  },
  {
    value: "nflog-window",
    display: "Last packets of a remote NFLOG receiver",
    settings: [
      {
        call: "--endpoint",
        display: "Receiver",
        tooltip: "Its --buffer-interface",
        type: "string",
        placeholder: "tcp://192.0.2.9:5556",
        required: true,
        group: "Receiver",
      },
      {
        call: "--curve-key",
        display: "Own key pair",
        tooltip: "File that --keygen wrote, where the receiver asks for CURVE",
        type: "fileselect",
        group: "Receiver",
      },
      {
        call: "--curve-server",
        display: "Receiver's public key",
        tooltip: "Nobody else is asked",
        type: "string",
        group: "Receiver",
      },
      {
        call: "--last",
        display: "Last seconds",
        tooltip: "Packets of the last seconds: 30, 30s, 5m",
        type: "string",
        group: "Packets",
      },
      {
        call: "--since",
        display: "From",
        tooltip: "Packets from this time on",
        type: "timestamp",
        group: "Packets",
      },
      {
        call: "--until",
        display: "To",
        tooltip: "Packets up to this time",
        type: "timestamp",
        group: "Packets",
      },
      {
        call: "--group",
        display: "NFLOG group",
        tooltip: "Packets of this group only",
        type: "string",
        group: "Packets",
      },
      {
        call: "--prefix",
        display: "Rule prefix",
        tooltip: "Packets that a rule with this log prefix logged",
        type: "string",
        group: "Packets",
      },
      {
        call: "--sensor",
        display: "Sensor",
        tooltip: "Packets of this sensor only",
        type: "string",
        group: "Packets",
      },
    ],
  },
];

/** LINKTYPE_RAW: packets begin with their IP header. */
const RAW = 101;

/**
 * Writes the answer to `--extcap-interfaces`.
 *
 * @param version The program's version.
 * @returns Sentences as Wireshark reads them.
 */
export function formatInterfaces(version: string): string {
  const lines = [
    `extcap {version=${version}}{display=NFLOG, the Linux firewall's log}`,
    ...EXTCAP_INTERFACES.map(({ value, display }) =>
      `interface {value=${value}}{display=${display}}`
    ),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/**
 * Writes the answer to `--extcap-dlts`.
 *
 * @returns One sentence.
 */
export function formatLinkTypes(): string {
  return `dlt {number=${RAW}}{name=RAW}{display=Raw IP, with what the firewall knows in comments}\n`;
}

/**
 * Writes the answer to `--extcap-config`.
 *
 * @param of The interface.
 * @returns A sentence for each setting.
 */
export function formatConfig(of: ExtcapInterface): string {
  return of.settings.map((setting, number) => {
    const { range, required, ...texts } = setting;
    const parts = Object.entries(texts).map(([name, value]) =>
      `{${name}=${value}}`
    );
    if (range !== undefined) parts.push(`{range=${range.join(",")}}`);
    if (required === true) parts.push("{required=true}");
    return `arg {number=${number}}${parts.join("")}\n`;
  }).join("");
}
