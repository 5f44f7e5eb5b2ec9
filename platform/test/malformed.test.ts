import { request } from 'node:http';
import { expect, test } from 'vitest';
import { malformedRequests } from '../../packages/http/test/malformed-requests.ts';
import { startChild, temporaryDataDir } from './child-platform.ts';
import { readWholeLog } from './stored-data.ts';

type Malformed = ReturnType<typeof malformedRequests>[number];

test('200 malformed requests get a 4xx problem document, never a 5xx, and nothing is stored', async () => {
  const requests = malformedRequests();
  expect(requests.length).toBeGreaterThanOrEqual(200);
  const data = await temporaryDataDir();
  const platform = await startChild(data.path);
  try {
    for (const malformed of requests) {
      const answer = await send(platform.url, malformed);
      const told = `${malformed.name}: ${answer.status} ${answer.body}`;
      expect(answer.status, told).toBeGreaterThanOrEqual(400);
      expect(answer.status, told).toBeLessThan(500);
      expect(answer.type, told).toContain('application/problem+json');
    }
  } finally {
    await platform.stop();
  }
  expect(await readWholeLog(`${data.path}/flights.db`)).toEqual([]);
  expect(await readWholeLog(`${data.path}/passengers.db`)).toEqual([]);
  await data.remove();
});

/** Sends bytes as they are: `fetch` would mend or refuse some of them. */
function send(
  url: string,
  malformed: Malformed,
): Promise<{ status: number; type: string; body: string }> {
  const { hostname, port } = new URL(url);
  const { method, path, headers, body } = malformed;
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          type: incoming.headers['content-type'] ?? '',
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
