// The limit beside the HTTP row: the same HTTP library, reading the body as JSON and answering from memory.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();
app.post('/api/flights', async (context) => {
  const body = await context.req.json<{ readonly flightNumber: string }>();
  return context.json({ id: body.flightNumber }, 201, { Location: '/api/flights/1' });
});
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});
process.once('SIGTERM', () => process.exit());
