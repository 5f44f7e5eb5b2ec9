/** A request that breaks the contract of the flights or passengers routes. Must be answered 4xx, without anything being done. */
export interface MalformedRequest {
  /** What is wrong with it. */
  readonly name: string;
  readonly method: string;
  /** As it goes over the wire: not to be normalised. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export const JSON_TYPE = { 'content-type': 'application/json' };

/** A body that would be accepted. */
export const FLIGHT = { flightNumber: 'TM 1', origin: 'Oslo', destination: 'Rome' };

/** With its length, so that it can be sent as bytes. */
export function withBody(
  request: Omit<MalformedRequest, 'headers'>,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
): MalformedRequest {
  const length = Buffer.byteLength(request.body ?? '');
  return { ...request, headers: { ...headers, 'content-length': String(length) } };
}
