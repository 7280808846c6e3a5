const DAYS: readonly string[] = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];
const MONTHS: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
/** Letters of an abbreviated name. */
const SHORT = 3;

function pad(number: number, width = 2): string {
  return String(number).padStart(width, "0");
}

function dayOfYear(date: Date): number {
  const start = new Date(date.getFullYear(), 0, 1);
  const today = new Date(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
  );
  // Days are not all equally long where clocks are changed.
  return Math.round((today.getTime() - start.getTime()) / 86_400_000) + 1;
}

function formatZone(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const ahead = Math.abs(minutes);
  const sign = minutes < 0 ? "-" : "+";
  return sign + pad(Math.floor(ahead / 60)) + pad(ahead % 60);
}

/** The conversions of strftime(3) that file names are made with, in the C locale. */
const CONVERSIONS: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => (DAYS[date.getDay()] ?? "").slice(0, SHORT),
  A: (date) => DAYS[date.getDay()] ?? "",
  b: (date) => (MONTHS[date.getMonth()] ?? "").slice(0, SHORT),
  B: (date) => MONTHS[date.getMonth()] ?? "",
  d: (date) => pad(date.getDate()),
  F: (date) => formatFileName("%Y-%m-%d", date),
  H: (date) => pad(date.getHours()),
  I: (date) => pad((date.getHours() + 11) % 12 + 1),
  j: (date) => pad(dayOfYear(date), 3),
  m: (date) => pad(date.getMonth() + 1),
  M: (date) => pad(date.getMinutes()),
  p: (date) => date.getHours() < 12 ? "AM" : "PM",
  R: (date) => formatFileName("%H:%M", date),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  S: (date) => pad(date.getSeconds()),
  T: (date) => formatFileName("%H:%M:%S", date),
  u: (date) => String((date.getDay() + 6) % 7 + 1),
  w: (date) => String(date.getDay()),
  y: (date) => pad(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  z: formatZone,
  "%": () => "%",
};

/**
 * Makes a file's name of a pattern with conversions of strftime(3), in local time.
 *
 * @param pattern The pattern; a conversion that is not known stays as it is.
 * @param date The time.
 * @returns The name.
 */
export function formatFileName(pattern: string, date: Date): string {
  return pattern.replace(
    /%([a-zA-Z%])/g,
    (whole, letter: string) => CONVERSIONS[letter]?.(date) ?? whole,
  );
}
