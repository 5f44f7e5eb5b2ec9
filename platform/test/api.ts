/** An answer, read whole. */
export interface Answered<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

/** Calls the HTTP API of a platform as a client would. */
export function createApi(url: string) {
  async function call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    parts: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<Answered<Body>> {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: {
        ...(parts.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...parts.headers,
      },
      ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
    });
    const text = await response.text();
    const body = (text === '' ? {} : JSON.parse(text)) as Body;
    return { status: response.status, body, headers: response.headers };
  }

  async function create(path: string, body: unknown): Promise<string> {
    const answer = await call<{ id: string }>('POST', path, { body });
    if (answer.status === 201) return answer.body.id;
    throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** Follows the live events from the beginning until one of this kind has come. */
  async function untilEvent(wanted: {
    readonly stream: string;
    readonly type: string;
  }): Promise<void> {
    const query = new URLSearchParams({ ...wanted, after: '0' });
    const leave = new AbortController();
    const response = await fetch(`${url}/api/events?${query}`, { signal: leave.signal });
    let text = '';
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      if (text.includes(wanted.type)) break;
    }
    leave.abort();
  }

  return {
    call,
    untilEvent,
    newFlight: (flightNumber = 'TM 1') =>
      create('/flights', { flightNumber, origin: 'Oslo', destination: 'Rome' }),
    checkIn: (flightId: string, name = 'Ada Lovelace') => create('/passengers', { flightId, name }),
    board: (passengerId: string) => call('POST', `/passengers/${passengerId}/board`),
    flight: (id: string) => call('GET', `/flights/${id}`),
    passenger: (id: string) => call('GET', `/passengers/${id}`),
  };
}

export type Api = ReturnType<typeof createApi>;
