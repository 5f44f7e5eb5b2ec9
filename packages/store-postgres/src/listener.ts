import pg from 'pg';
import { clientConfig } from './connection.ts';

/** One connection that `LISTEN`s. */
export interface Listener {
  /** Connects unless it is connected or about to be. Never throws: without a connection it does not listen. */
  readonly start: () => void;
  readonly isListening: () => boolean;
  readonly close: () => Promise<void>;
}

export interface ListenerOptions {
  readonly connectionString: string;
  /** A plain name. */
  readonly channel: string;
  readonly onPayload: (payload: string) => void;
  /** It began or ceased to listen; what happened meanwhile was not heard. */
  readonly onChange: () => void;
}

/** Opens nothing until it is started. */
export function createListener(options: ListenerOptions): Listener {
  let opened: Promise<pg.Client | undefined> | undefined;
  let listening = false;

  const open = async (): Promise<pg.Client | undefined> => {
    const client = new pg.Client(clientConfig(options.connectionString));
    let isForgotten = false;
    // Told first that it is broken and later that it is closed; another may have been opened in between.
    const forget = (): void => {
      if (isForgotten) return;
      isForgotten = true;
      void client.end().catch(() => undefined);
      opened = undefined;
      if (!listening) return;
      listening = false;
      options.onChange();
    };
    client.on('error', forget);
    client.on('end', forget);
    client.on('notification', ({ payload }) => options.onPayload(payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen "${options.channel}"`);
    } catch {
      forget();
    }
    if (isForgotten) return undefined;
    listening = true;
    options.onChange();
    return client;
  };

  return {
    start: () => {
      opened ??= open();
    },
    isListening: () => listening,
    close: async () => {
      const client = await opened;
      await client?.end();
    },
  };
}
