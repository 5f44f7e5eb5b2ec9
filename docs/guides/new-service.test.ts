// The commands and the rule that the guide shows, on a copy of this repository.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CopiedWorkspace, copyWorkspace } from '../../packages/cli/test/copied-workspace.ts';

const ORDER = 'services/orders/src/domain/order.ts';
const RULE = `
    case 'CancelOrder':
      if (state.status === 'closed') return reject('order-closed');
      return [{ type: 'OrderCancelled', data: {} }];
`;

let copy: CopiedWorkspace;
beforeAll(async () => {
  copy = await copyWorkspace();
});
afterAll(() => copy?.remove());

test('the commands of the guide write a service whose tests pass, also with the rule', async () => {
  const guide = await readFile(new URL('new-service.md', import.meta.url), 'utf8');
  const commands = [...guide.matchAll(/^npx tidemark (.+)$/gm)].map(([, args = '']) => args);
  expect(commands).toHaveLength(6);
  for (const command of commands) {
    const answer = await copy.tidemark(...command.split(' '));
    expect([command, answer.code]).toEqual([command, 0]);
  }
  await copy.link('orders');
  await copy.change(ORDER, /\n {4}case 'CancelOrder':\n.+\n/, RULE);
  await copy.change(ORDER, "'order-not-found';", "'order-not-found' | 'order-closed';");
  expect(await copy.program('vitest', 'run', 'services/orders')).toMatchObject({ code: 0 });
});

test('the platform serves what was written', async () => {
  const child = spawn(
    join(copy.root, 'node_modules/.bin/tsx'),
    [join(copy.root, 'platform/src/main.ts')],
    {
      cwd: copy.root,
      env: { ...process.env, DATA_DIR: join(copy.root, 'data'), PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const url = await servedAt(child.stdout);
    const post = (path: string, body?: object) =>
      fetch(`${url}/api${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const created = (await (await post('/orders', { name: 'first' })).json()) as { id: string };
    expect((await post(`/orders/${created.id}/cancel`)).status).toBe(204);
    expect((await post(`/orders/${created.id}/close`)).status).toBe(204);
    const summary = await fetch(`${url}/api/orders/${created.id}/summary`);
    expect(await summary.json()).toEqual({ id: created.id, changes: 3 });
    expect((await post(`/orders/${created.id}/cancel`)).status).toBe(422);
    expect((await post('/order-lines', { name: 'a line' })).status).toBe(201);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
});

async function servedAt(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error('the platform did not start');
}
