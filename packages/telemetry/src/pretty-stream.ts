interface Target {
  readonly write: (line: string) => void;
}

/** Turns lines of JSON into lines for people: `08:30:00.000 WARN  caught up position=41`. */
export function prettyStream(target: Target): Target {
  return {
    write: (line) => {
      const { time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const shown = Object.entries(fields).map(([field, value]) => `${field}=${show(value)}`);
      const clock = String(time).slice(11, 23);
      const label = String(level).toUpperCase().padEnd(5);
      target.write(`${[clock, label, message, ...shown].join(' ')}\n`);
    },
  };
}

function show(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}
