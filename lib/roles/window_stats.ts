import type { MessageWindow, WindowState } from "../history/message_window.ts";
import type { TimeSpan } from "../pcap/time_span.ts";
import { SensorReader } from "./answer_sensor.ts";
import type { Pause } from "./pause.ts";

/** From when to when, in RFC 3339 to the microsecond; null where there are no packets. */
export interface StatedSpan {
  /** Time of the earliest packet. */
  first: string | null;
  /** Time of the latest packet. */
  last: string | null;
}

/** What a window holds of one sensor. */
export interface SensorHeld extends StatedSpan {
  /** Packets. */
  held_packets: number;
  /** Messages. */
  held_frames: number;
  /** Bytes of these, as they arrived. */
  held_bytes: number;
}

/** What a window holds. */
export interface WindowStats {
  /** All of it. */
  window: WindowState & StatedSpan;
  /** What of it is of each sensor, by name. */
  held_sensors: Record<string, SensorHeld>;
}

/** What counting takes. */
export interface WindowStatsOptions {
  /** Waits for a time. */
  pause: Pause;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
}

/** Names come over the network: further ones are counted together. */
const MAX_SENSORS = 1024;
const OTHERS = "(others)";
/** Milliseconds of counting between turns of the event loop. */
const SLICE = 3;

interface Tally {
  packets: number;
  frames: number;
  bytes: number;
  first: number;
  last: number;
}

/**
 * Counts what a window holds.
 *
 * @param window The window; it may go on meanwhile.
 * @param options What it takes.
 * @returns The counts.
 */
export async function countWindow(
  window: MessageWindow,
  { pause, monotonic }: WindowStatsOptions,
): Promise<WindowStats> {
  const { state, span } = window;
  using reader = window.read();
  const sensors = new SensorReader();
  const tallies = new Map<string, Tally>();
  let deadline = monotonic() + SLICE;
  while (reader.next()) {
    const tally = tallyOf(sensors.sensorOf(reader), tallies);
    tally.packets += reader.packets;
    tally.frames++;
    tally.bytes += reader.size;
    tally.first = Math.min(tally.first, reader.first);
    tally.last = Math.max(tally.last, reader.last);
    if (monotonic() < deadline) continue;
    await pause(0);
    deadline = monotonic() + SLICE;
  }
  return {
    window: { ...state, ...stateSpan(span) },
    held_sensors: Object.fromEntries(
      [...tallies].map(([name, tally]) => [name, {
        held_packets: tally.packets,
        held_frames: tally.frames,
        held_bytes: tally.bytes,
        ...stateSpan(tally),
      }]),
    ),
  };
}

function tallyOf(sensor: string, tallies: Map<string, Tally>): Tally {
  const known = tallies.get(sensor);
  if (known !== undefined) return known;
  if (tallies.size >= MAX_SENSORS && sensor !== OTHERS) {
    return tallyOf(OTHERS, tallies);
  }
  const tally = {
    packets: 0,
    frames: 0,
    bytes: 0,
    first: Infinity,
    last: -Infinity,
  };
  tallies.set(sensor, tally);
  return tally;
}

/**
 * Writes from when to when packets are.
 *
 * @param span The times, in microseconds since 1970; undefined where there are no packets.
 * @returns The times in RFC 3339.
 */
export function stateSpan(span: TimeSpan | undefined): StatedSpan {
  if (span === undefined) return { first: null, last: null };
  const { first, last } = span;
  return { first: formatMicroseconds(first), last: formatMicroseconds(last) };
}

/**
 * Writes a time in RFC 3339, to the microsecond.
 *
 * @param microseconds Microseconds since 1970.
 * @returns Such as `2026-05-01T12:00:00.000001Z`.
 */
export function formatMicroseconds(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1e6);
  const rest = String(microseconds - seconds * 1e6).padStart(6, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${rest}Z`;
}
