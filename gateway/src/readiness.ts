import { type Answer, problem } from '@tidemark/http';
import type { GatewayService } from './gateway-service.ts';

/** How long a service may take to say whether it is ready. */
const ASK_WITHIN_MS = 2_000;

/** 200 when the platform and every service are ready; else 503 that names those which are not. */
export async function readiness(parts: {
  readonly services: readonly GatewayService[];
  readonly ready: () => Promise<true | string>;
}): Promise<Answer> {
  const [own, ...states] = await Promise.all([parts.ready(), ...parts.services.map(isReady)]);
  const waiting = parts.services.filter((_, index) => states[index] !== true);
  if (own === true && waiting.length === 0) return { status: 200, body: { status: 'ready' } };
  return problem({
    status: 503,
    type: 'not-ready',
    title: 'Not ready yet',
    ...(own === true ? {} : { detail: own }),
    extensions: { waitingFor: waiting.map(({ name }) => name) },
    headers: { 'retry-after': '1' },
  });
}

async function isReady(service: GatewayService): Promise<boolean> {
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), ASK_WITHIN_MS);
  try {
    const request = new Request(`http://${service.name}.internal/readyz`);
    const late = new Promise<undefined>((resolve) => {
      enough.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const response = await Promise.race([service.fetch(request), late]);
    await response?.body?.cancel();
    return response?.status === 200;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
