import { createInterface } from 'node:readline/promises';

/** Where the program speaks. Given, so that tests can read what people would see. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` is a screen: colours are for screens only. */
  readonly hasScreen: boolean;
  /** Whether `err` is a screen: a bar that moves is for screens only. */
  readonly hasErrScreen: boolean;
  /** What a person answers; `undefined` when nobody is there. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Aborts when the person has had enough (Ctrl-C). */
  readonly signal: AbortSignal;
}

/** The terminal of this process. */
export function openTerminal(isPlain: boolean): Terminal {
  const { stdin, stdout, stderr } = process;
  const leave = new AbortController();
  process.once('SIGINT', () => leave.abort());
  process.once('SIGTERM', () => leave.abort());
  // Who reads through `head` has had enough, too.
  stdout.on('error', () => leave.abort());
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    hasScreen: stdout.isTTY === true && !isPlain,
    hasErrScreen: stderr.isTTY === true,
    ask: async (question) => {
      if (stdin.isTTY !== true) return undefined;
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question, { signal: leave.signal });
      } finally {
        lines.close();
      }
    },
    signal: leave.signal,
  };
}
