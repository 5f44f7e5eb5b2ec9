import type { Terminal } from './terminal.ts';

/** How far something is. */
export interface Step {
  readonly step: string;
  readonly done: number;
  readonly total?: number | undefined;
}

const WIDTH = 24;

/** Shows how far something is: a bar that moves on a screen, one line where there is none. */
export interface ProgressBar {
  readonly show: (step: Step) => void;
  /** Takes the bar away. */
  readonly end: () => void;
}

/** @example const bar = createProgressBar(terminal, 'verify flights'); */
export function createProgressBar(terminal: Terminal, title: string): ProgressBar {
  if (!terminal.hasErrScreen) {
    terminal.err(`${title} …\n`);
    return { show: () => undefined, end: () => undefined };
  }
  return {
    show: (step) => terminal.err(`\r\u001b[K${title}  ${barOf(step)}`),
    end: () => terminal.err('\r\u001b[K'),
  };
}

/** For example `[######..................]  25%  250/1000 reading the log`. */
export function barOf({ step, done, total }: Step): string {
  if (total === undefined || total === 0) return `${done} ${step}`;
  const part = Math.min(1, done / total);
  const full = Math.round(part * WIDTH);
  const bar = '#'.repeat(full) + '.'.repeat(WIDTH - full);
  return `[${bar}] ${String(Math.floor(part * 100)).padStart(3)}%  ${done}/${total} ${step}`;
}
