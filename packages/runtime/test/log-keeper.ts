import type { JsonObject, Logger } from '@tidemark/core';

export interface KeptLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: JsonObject;
}

/** A logger that keeps its lines. */
export function createLogKeeper(): { readonly log: Logger; readonly lines: KeptLine[] } {
  const lines: KeptLine[] = [];
  const loggerWith = (always: JsonObject): Logger => {
    const at =
      (level: KeptLine['level']) =>
      (message: string, fields: JsonObject = {}) => {
        lines.push({ level, message, fields: { ...always, ...fields } });
      };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => loggerWith({ ...always, ...fields }),
    };
  };
  return { log: loggerWith({}), lines };
}
