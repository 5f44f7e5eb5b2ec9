const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'short',
});
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'long' });

/** The time of day of an instant, with seconds, in the zone of the reader. */
export function timeOfDay(instant: string): string {
  return TIME.format(new Date(instant));
}

/** Day and time of an instant, in the zone of the reader. */
export function dayAndTime(instant: string): string {
  return DAY_AND_TIME.format(new Date(instant));
}

/** Everything about an instant, with its zone. */
export function exactTime(instant: string): string {
  return EXACT.format(new Date(instant));
}

/** `1 passenger`, `3 passengers`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
