import type { Logger } from '@tidemark/core';

/** A logger that says nothing but errors. */
export const silentLog: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (message, fields) => console.error(message, fields),
  with: () => silentLog,
};
