const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const DAY_ONLY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const DAY = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const;
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, DAY);
const YEAR_AND_TIME = new Intl.DateTimeFormat(undefined, { ...DAY, year: 'numeric' });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'long' });

/** The time of an instant with seconds, in the zone of the reader; with the day unless that is today. */
export function shortTime(instant: string): string {
  const date = new Date(instant);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? TIME.format(date) : `${DAY_ONLY.format(date)}, ${TIME.format(date)}`;
}

/** Day and time of an instant, in the zone of the reader; the year only when it is not this one. */
export function dayAndTime(instant: string): string {
  const date = new Date(instant);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return (isThisYear ? DAY_AND_TIME : YEAR_AND_TIME).format(date);
}

/** Everything about an instant, with its zone. */
export function exactTime(instant: string): string {
  return EXACT.format(new Date(instant));
}

/** `1 passenger`, `3 passengers`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
