import { expect } from 'vitest';

/** What the addresses of a platform are filled with. */
export interface Known {
  readonly ids: readonly string[];
  readonly commandIds: readonly string[];
  /** Position of the audit log up to which live events are awaited. */
  readonly auditHead: bigint;
  /** Values for `asOf`, where a route takes it. */
  readonly moments: readonly string[];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly parameters?: readonly { readonly name?: string; readonly $ref?: string }[];
}

const LIVE = '/events';

/**
 * Every answer of every GET route that the platform describes, filled with all that is known: what was asked, and the
 * text. Each route has to answer 200 at least once: else it was not asked as it wants to be.
 */
export async function everyAnswer(
  platformUrl: string,
  known: Known,
): Promise<readonly { readonly asked: string; readonly text: string }[]> {
  const api = `${platformUrl}/api`;
  const document = (await (await fetch(`${api}/openapi.json`)).json()) as Document;
  const answers = [{ asked: LIVE, text: await liveEvents(api, known.auditHead) }];
  for (const [path, { get }] of Object.entries(document.paths)) {
    if (get === undefined || path === LIVE) continue;
    const statuses: number[] = [];
    for (const asked of addresses(path, get, known)) {
      const response = await fetch(`${api}${asked}`);
      statuses.push(response.status);
      const headers = JSON.stringify([...response.headers]);
      answers.push({ asked, text: `${headers}\n${await response.text()}` });
    }
    expect(statuses, path).toContain(200);
  }
  return answers;
}

function addresses(path: string, operation: Operation, known: Known): readonly string[] {
  const filled = path.includes('{commandId}')
    ? known.commandIds.map((id) => path.replace('{commandId}', id))
    : path.includes('{id}')
      ? known.ids.map((id) => path.replace('{id}', id))
      : [path];
  const takesMoment = operation.parameters?.some(({ name }) => name === 'asOf') ?? false;
  const moments = takesMoment ? known.moments : [];
  return filled.flatMap((one) => [one, ...moments.map((at) => `${one}?asOf=${at}`)]);
}

async function liveEvents(api: string, upTo: bigint): Promise<string> {
  const leave = new AbortController();
  const response = await fetch(`${api}${LIVE}?after=0`, { signal: leave.signal });
  let text = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    if (text.includes(`id: ${upTo}\n`)) break;
  }
  leave.abort();
  return text;
}
